// What is in this folder: all topics at a glance.

import { bars } from "../charts/bars";
import { sparkLine } from "../charts/lines";
import { h, table } from "../dom";
import { count, decimal, percent, plural } from "../format";
import { address, documentLink, topicLink } from "../link";
import type { TreeNode } from "../facts";
import type { Model } from "../model";
import { colour } from "../theme";
import { values } from "./values";
import { verdicts } from "./verdicts";

const WORDS = 10;
const VALUES = 3;

export function overview(model: Model): HTMLElement {
  const { facts } = model;
  const { evaluation } = facts;
  const coherence = Object.entries(evaluation.coherence).map(([measure, value]) => `${measure} ${decimal(value)}`);
  return h(
    "section",
    {},
    h("h2", {}, "Overview"),
    h(
      "p",
      { class: "lead" },
      `${plural(model.nTopics, "topic")} in ${plural(facts.n_documents, "document")}, ${count(facts.terms.length)} terms. `,
      coherence.length > 0 && `Coherence: ${coherence.join(", ")}. `,
      `${percent(evaluation.diversity.distinct_share, 0)} of the words are distinct. Words are ranked by ${facts.ranking}; a bar is a word's probability in the topic.`,
    ),
    facts.n_shown < facts.n_documents &&
      h(
        "p",
        { class: "note" },
        `Documents on this page are a sample: ${count(facts.n_shown)} of ${count(facts.n_documents)}. `,
        "Shares, groups and tests are of all documents. More are shown with ",
        h("code", {}, "--documents"),
        ".",
      ),
    facts.tree.length > 0 && tree(model, facts.tree),
    h("div", { class: "cards" }, model.topics.map((topic) => card(model, topic.id))),
    facts.unexplained.length > 0 && unexplained(model),
  );
}

// Documents that may be about something that has no topic yet, in another language, or no prose.
function unexplained(model: Model): HTMLElement {
  const rows = model.facts.unexplained.map(({ document, explained, words }) => [
    documentLink(model, document),
    percent(explained),
    words.join(", "),
  ]);
  return h(
    "div",
    {},
    h("h3", {}, "Explained worst"),
    h(
      "p",
      { class: "muted" },
      "Of the documents that are no shorter than most, those of which topics explain least beside the sums of documents and words alone, and the words of which most is left over.",
    ),
    table(["document", "explained", "words"], rows, "documents that topics explain worst"),
  );
}

// Topics within topics: each node can be closed, and its topics lead to their pages.
function tree(model: Model, nodes: TreeNode[]): HTMLElement {
  return h(
    "div",
    { class: "tree" },
    h("h3", {}, "Topics within topics"),
    h("ul", {}, nodes.map((node) => branch(model, node))),
  );
}

function branch(model: Model, node: TreeNode): HTMLElement {
  const words = `${percent(node.share)} · ${node.words.slice(0, WORDS).join(", ")}`;
  if (node.children.length === 0) return h("li", {}, topicLink(model, node.id), ` ${words}`);
  return h(
    "li",
    {},
    h(
      "details",
      { open: true },
      h("summary", {}, h("strong", {}, node.name), ` ${words}`),
      h("ul", {}, node.children.map((child) => branch(model, child))),
    ),
  );
}

function card(model: Model, id: number): HTMLElement {
  const topic = model.topics[id];
  const words = topic.words.slice(0, WORDS);
  const largest = Math.max(...words.map((word) => word.probability), 1e-9);
  const time = model.facts.over_time;
  return h(
    "article",
    { class: "card" },
    h("h3", {}, topicLink(model, id)),
    h(
      "p",
      { class: "muted" },
      `${percent(topic.share)} of the corpus · `,
      h("a", { href: address("documents", { topic: id }) }, plural(model.cluster(id).size, "document")),
    ),
    verdicts(topic.verdicts),
    values(model, id, VALUES),
    bars(
      words.map((word) => ({
        label: word.form,
        length: word.probability / largest,
        colour: colour(model.facts, id),
      })),
      `words of topic ${id}`,
    ),
    time &&
      time.groups.length > 1 &&
      sparkLine(
        time.groups.map((group) => group.topics[id].share),
        colour(model.facts, id),
        `share of topic ${id} from ${time.groups[0].group} to ${time.groups[time.groups.length - 1].group}`,
      ),
  );
}
