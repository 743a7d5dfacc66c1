// Clusters against labels.

import { heat } from "../charts/heat";
import { figures, h, table } from "../dom";
import { count, decimal, percent } from "../format";
import { topicLink } from "../link";
import type { Model } from "../model";

const MOST_LABELS = 60;

export function labelsView(model: Model): HTMLElement {
  const { facts } = model;
  const { agreement } = facts.evaluation;
  const totals = new Map<string, number>();
  for (const cluster of facts.clusters.clusters) {
    for (const { label, count: n } of cluster.labels) if (label) totals.set(label, (totals.get(label) ?? 0) + n);
  }
  if (totals.size === 0 || !agreement) {
    return h(
      "section",
      {},
      h("h2", {}, "Labels"),
      h("p", { class: "note" }, "The documents have no labels. A label is the name of a document's folder, or the value of a column (--label-column NAME)."),
    );
  }
  const bySize = [...totals.keys()].sort((a, b) => totals.get(b)! - totals.get(a)! || (a < b ? -1 : 1));
  // Labels stand in the order of the topics that have most of them, so that agreement is a diagonal.
  const place = (label: string) => {
    const { order } = facts.similarity;
    const counts = order.map((topic) => model.cluster(topic).labels.find((each) => each.label === label)?.count ?? 0);
    return counts.indexOf(Math.max(...counts));
  };
  const labels = bySize.slice(0, MOST_LABELS).map((label) => ({ label, place: place(label) })).sort((a, b) => a.place - b.place).map((each) => each.label);
  const rows = facts.similarity.order.map((topic) => {
    const counts = new Map(model.cluster(topic).labels.map((each) => [each.label, each.count]));
    return { topic, counts: labels.map((label) => counts.get(label) ?? 0) };
  });
  const ofLabel = (n: number, i: number) => n / totals.get(labels[i])!;
  return h(
    "section",
    {},
    h("h2", {}, "Labels"),
    h(
      "p",
      { class: "lead" },
      "How clusters agree with the labels that documents came with. A cell is the share of a label's documents that belong to a topic.",
    ),
    table(
      ["documents", "NMI", "AMI", "ARI", "homogeneity", "completeness", "purity"],
      [
        [
          count(agreement.documents),
          decimal(agreement.nmi),
          decimal(agreement.ami),
          decimal(agreement.ari),
          decimal(agreement.homogeneity),
          decimal(agreement.completeness),
          decimal(agreement.purity),
        ],
      ],
      "agreement",
    ),
    totals.size > MOST_LABELS && h("p", { class: "note" }, `The ${MOST_LABELS} largest of ${count(totals.size)} labels are shown.`),
    heat({
      label: "topics by labels",
      columns: labels.map((label) => h("span", { class: "upright" }, label)),
      rows: rows.map(({ topic, counts }) => ({
        header: topicLink(model, topic, 34),
        values: counts.map(ofLabel),
        texts: counts.map((n, i) => percent(ofLabel(n, i), 0)),
      })),
      colour: "#3b6fb6",
      least: 0.005,
      largest: 1,
      written: labels.length <= 24,
    }),
    figures(["topic", ...labels], () => rows.map(({ topic, counts }) => [model.topics[topic].name, ...counts.map(count)])),
  );
}
