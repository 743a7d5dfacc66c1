// One topic: its words by every ranking, its documents with the evidence, its neighbours, its labels.

import { bars } from "../charts/bars";
import { h, room, table } from "../dom";
import { count, decimal, percent, plural } from "../format";
import { address, documentLink, topicLink } from "../link";
import type { Model } from "../model";
import { colour } from "../theme";
import { excerpt } from "./evidence";
import { changeText, shareLine } from "./share";
import { values } from "./values";
import { verdicts } from "./verdicts";

const WORDS = 20;
const DOCUMENTS = 8;
const RELATED = 5;

const MEANINGS: Record<string, string> = {
  correlation: "words whose documents are those of the topic, and that stand together: the default",
  probability: "the most frequent words of the topic",
  relevance: "frequent words that others have less (λ = 0.6)",
  frex: "frequent and exclusive words",
  lift: "words that hardly any other topic has",
};

export function topicView(model: Model, id: number): HTMLElement {
  const topic = model.topics[id];
  if (!topic) return h("section", {}, h("h2", {}, "There is no such topic"));
  const { facts } = model;
  const cluster = model.cluster(id);
  const [before, after] = [id - 1, id + 1];
  return h(
    "section",
    {},
    h("h2", {}, topicLink(model, id, 200)),
    h(
      "nav",
      { class: "steps", "aria-label": "topics" },
      before >= 0 && h("a", { href: address(`topic/${before}`) }, `← topic ${before}`),
      h("a", { href: address("map", { topic: id }) }, "on the map"),
      h("a", { href: address("documents", { topic: id }) }, plural(cluster.size, "document")),
      after < model.nTopics && h("a", { href: address(`topic/${after}`) }, `topic ${after} →`),
    ),
    h("p", { class: "lead" }, `${percent(topic.share)} of the corpus; the first topic of ${percent(cluster.share)} of the documents.`),
    verdicts(topic.verdicts),
    values(model, id),
    h("h3", {}, "Words"),
    h(
      "div",
      { class: "rankings" },
      Object.entries(facts.rankings).map(([ranking, { topics }]) => {
        const words = topics[id].words.slice(0, WORDS);
        const largest = Math.max(...words.map((word) => word.probability), 1e-9);
        return h(
          "div",
          { class: "ranking" },
          h("h4", {}, ranking),
          h("p", { class: "muted" }, MEANINGS[ranking] ?? ""),
          bars(
            words.map((word) => ({ label: word.form, length: word.probability / largest, colour: colour(facts, id), figure: decimal(word.probability, 4) })),
            `words by ${ranking}`,
          ),
        );
      }),
    ),
    h("h3", {}, "Typical documents"),
    documents(model, id),
    h(
      "div",
      { class: "columns" },
      h(
        "div",
        {},
        h("h3", {}, "Related topics"),
        table(
          ["topic", "distance"],
          model.related(id).slice(0, RELATED).map((other) => [topicLink(model, other.topic), decimal(other.distance)]),
          "Jensen–Shannon distance, 0 to 1",
        ),
      ),
      h("div", {}, h("h3", {}, "Diagnostics"), diagnostics(model, id)),
      cluster.labels.length > 0 &&
        h(
          "div",
          {},
          h("h3", {}, "Labels"),
          table(["label", "documents"], cluster.labels.slice(0, 10).map((each) => [each.label || "(none)", count(each.count)])),
        ),
    ),
    overTime(model, id),
  );
}

function diagnostics(model: Model, id: number): HTMLElement {
  const of = model.facts.evaluation.topics[id];
  const rows = [...Object.entries(of.coherence), ...Object.entries(of.diagnostics)];
  return table(["measure", "value"], rows.map(([name, value]) => [name.replaceAll("_", " "), decimal(value)]));
}

function documents(model: Model, id: number): HTMLElement {
  const list = h("ol", { class: "documents" });
  for (const typical of model.cluster(id).documents.slice(0, DOCUMENTS)) {
    const place = model.places.get(typical.id);
    if (place === undefined) continue;
    const passage = h("p", { class: "passage" });
    list.append(
      h(
        "li",
        {},
        documentLink(model, place),
        h("span", { class: "muted" }, ` ${percent(typical.share)}${typical.label ? ` · ${typical.label}` : ""}`),
        passage,
      ),
    );
    void excerpt(model, place, id).then((children) => passage.append(...children));
  }
  if (!list.childElementCount) {
    const isEmpty = model.cluster(id).size === 0;
    return h("p", { class: "muted" }, isEmpty ? "No document has this as its first topic." : "Its typical documents are not in the sample on this page.");
  }
  return list;
}

function overTime(model: Model, id: number): HTMLElement | null {
  const time = model.facts.over_time;
  if (!time || time.groups.length < 2) return null;
  const change = changeText(time.topics[id]);
  return h(
    "div",
    {},
    h("h3", {}, "Over time"),
    shareLine(model, time, id, room(820)),
    change &&
      h(
        "p",
        { class: "muted" },
        `Between periods, ${change} (permutation tests, adjusted for the number of topics). The band is a 95 % bootstrap interval.`,
      ),
  );
}
