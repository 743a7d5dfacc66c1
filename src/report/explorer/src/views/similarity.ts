// Which topics are alike: the tree of topics, and their distances.

import { max } from "d3-array";
import { topicTree } from "../charts/tree";
import { heat } from "../charts/heat";
import { figures, h, room } from "../dom";
import { decimal } from "../format";
import { address, topicLink } from "../link";
import type { Model } from "../model";

export function similarityView(model: Model): HTMLElement {
  const { order, distances } = model.facts.similarity;
  const rows = order.map((topic) => {
    // A topic is like itself, which would outshine all others.
    const values = order.map((other) => (other === topic ? NaN : 1 - distances[topic][other]));
    return { header: topicLink(model, topic, 28), values, texts: values.map((value) => decimal(value, 2)) };
  });
  return h(
    "section",
    {},
    h("h2", {}, "Similarity"),
    h("p", { class: "lead" }, "The tree joins topics by the mean distance of their words (Jensen–Shannon distance, average linkage); the further left two branches meet, the less they have in common."),
    model.nTopics > 1 ? topicTree(model, room(900)) : h("p", { class: "note" }, "One topic has nothing to be compared with."),
    h("h3", {}, "1 − distance"),
    heat({
      label: "similarity of topics",
      columns: order.map((topic) => h("a", { href: address(`topic/${topic}`), "aria-label": `topic ${topic}` }, topic)),
      rows,
      colour: "#3b6fb6",
      largest: max(rows.flatMap((row) => row.values)) || 1,
      written: false,
    }),
    figures(["topic", ...order.map(String)], () => order.map((topic) => [topic, ...order.map((other) => decimal(distances[topic][other]))])),
  );
}
