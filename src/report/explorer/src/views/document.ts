// One document: its topics, and each of its words in the colour of the topic that it speaks for.

import { bars } from "../charts/bars";
import { append, h, replace, styled, table } from "../dom";
import { percent, plural } from "../format";
import { address, topicLink } from "../link";
import type { Model } from "../model";
import { colour } from "../theme";
import { missingTexts } from "./documents";
import { marked, runs } from "./evidence";

/** Characters of a text that are shown at first. */
const FIRST = 100_000;

/** Topics of a document that are shown. */
const TOPICS = 12;

/** Least share of a topic that is shown. */
const LEAST = 0.005;

export function documentView(model: Model, place: number): HTMLElement {
  if (!(place in model.documents.ids)) return h("section", {}, h("h2", {}, "There is no such document on this page"));
  const { facts, documents } = model;
  const shares = model.sharesOf(place);
  const topics = Array.from(shares, (share, topic) => ({ topic, share }))
    .filter((each) => each.share >= LEAST)
    .sort((a, b) => b.share - a.share)
    .slice(0, TOPICS);
  const text = h("div", { class: "text", lang: "und", tabindex: -1 }, "reading …");
  let only: number | undefined;
  let isWhole = false;
  const draw = async () => {
    const found = await model.text(place);
    if (!found) {
      replace(text, h("p", { class: "note" }, model.hasTexts ? "The input had no text for this document." : missingTexts(model)));
      return;
    }
    const nodes: Node[] = [];
    let length = 0;
    for (const run of runs(model, place, found)) {
      if (!isWhole && length + run.text.length > FIRST) {
        nodes.push(document.createTextNode(run.text.slice(0, FIRST - length)));
        length = Infinity;
        break;
      }
      nodes.push(marked(model, run, only));
      length += run.text.length;
    }
    replace(text, nodes);
    if (length === Infinity) {
      const whole = () => {
        isWhole = true;
        void draw();
        text.focus({ preventScroll: true });
      };
      const all = h("button", { type: "button", onclick: whole }, "show the whole text");
      append(text, [" … ", all]);
    }
  };
  void draw();
  const choose = (topic: number) => {
    only = only === topic ? undefined : topic;
    buttons.forEach((button, of) => button.setAttribute("aria-pressed", String(of === only)));
    void draw();
  };
  const buttons = new Map(
    topics.map(({ topic }) => [
      topic,
      h(
        "button",
        { type: "button", class: "topic", "aria-pressed": "false", title: "mark the words for this topic alone", onclick: () => choose(topic) },
        styled(h("span", { class: "swatch", "aria-hidden": "true" }), { background: colour(facts, topic) }),
        `${topic} ${model.topics[topic].name}`,
      ),
    ]),
  );
  const metadata = [
    ["id", documents.ids[place]],
    ...(documents.labels ? [["label", documents.labels[place] || "–"]] : []),
    ...documents.columns.map(([name, values]) => [name, values[place] || "–"]),
    ["length", plural(model.tokens[place], "token")],
  ];
  return h(
    "section",
    {},
    h("h2", {}, model.title(place)),
    h(
      "nav",
      { class: "steps", "aria-label": "documents" },
      place > 0 && h("a", { href: address(`document/${place - 1}`) }, "← document before"),
      h("a", { href: address("documents") }, "all documents"),
      place + 1 < documents.ids.length && h("a", { href: address(`document/${place + 1}`) }, "document after →"),
    ),
    h(
      "div",
      { class: "columns" },
      h(
        "div",
        {},
        h("h3", {}, "Topics"),
        topics.length === 0
          ? h("p", { class: "muted" }, "No word of this document is a term of the model.")
          : bars(
              topics.map(({ topic, share }) => ({
                label: buttons.get(topic)!,
                length: share,
                colour: colour(facts, topic),
                figure: percent(share),
              })),
              "topics of this document",
            ),
        model.clusters[place] >= 0 && h("p", {}, "It belongs to ", topicLink(model, model.clusters[place])),
      ),
      h("div", {}, h("h3", {}, "Record"), table(["field", "value"], metadata, undefined, "record")),
    ),
    h("h3", {}, "Text"),
    model.hasTexts && h("p", { class: "muted" }, "A word has the colour of the topic that it speaks for; point at it for the share, press a topic above for its words alone."),
    text,
  );
}
