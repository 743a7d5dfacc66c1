// The map of topics with the relevance of words, as LDAvis shows them.

import { bars } from "../charts/bars";
import { topicMap } from "../charts/map";
import { append, h, replace } from "../dom";
import { count, percent } from "../format";
import { address, swatch } from "../link";
import type { Model } from "../model";
import { relevantWords } from "../relevance";
import { colour } from "../theme";

const WORDS = 30;

/** The weight of relevance that was set last. */
let lambda = 0.6;

export function mapView(model: Model, parameters: URLSearchParams): HTMLElement {
  const asked = parameters.get("topic");
  const topic = asked !== null && model.topics[Number(asked)] ? Number(asked) : undefined;
  const map = h("div", { class: "panel" });
  const words = h("div", { class: "panel" });
  const shares = Float64Array.from(model.topics, (each) => each.share);
  const drawMap = (sizes: ArrayLike<number>) => replace(map, topicMap(model, topic, sizes));
  const drawWords = () => replace(words, topic === undefined ? salient(model, drawMap, shares) : relevant(model, topic, drawMap, shares));
  drawMap(shares);
  drawWords();
  const output = h("output", {}, lambda.toFixed(2));
  const slider = h("input", {
    type: "range",
    id: "lambda",
    min: 0,
    max: 1,
    step: 0.01,
    value: lambda,
    disabled: topic === undefined,
    oninput: (event: Event) => {
      lambda = Number((event.target as HTMLInputElement).value);
      output.textContent = lambda.toFixed(2);
      drawWords();
    },
  });
  return h(
    "section",
    {},
    h("h2", {}, "Map"),
    h(
      "p",
      { class: "lead" },
      "Topics that share words stand near each other; the area of a circle is the topic's share. ",
      `The plane shows ${percent(model.facts.similarity.shown, 0)} of what sets them apart (Jensen–Shannon distance, classical scaling).`,
    ),
    h(
      "div",
      { class: "controls" },
      h(
        "label",
        {},
        "Topic ",
        h(
          "select",
          { onchange: (event: Event) => (location.hash = address("map", { topic: (event.target as HTMLSelectElement).value })) },
          h("option", { value: "", selected: topic === undefined }, "all: salient words"),
          model.topics.map((each) => h("option", { value: each.id, selected: each.id === topic }, `${each.id} ${each.name}`)),
        ),
      ),
      h("label", { for: "lambda" }, "Relevance λ (0: words of this topic alone, 1: its most probable words) ", slider, " ", output),
    ),
    h("div", { class: "columns" }, map, words),
  );
}

type Draw = (sizes: ArrayLike<number>) => void;

/** A word that shows, while it is looked at, which topics have it. */
function word(model: Model, term: number, drawMap: Draw, shares: ArrayLike<number>): HTMLElement {
  const show = () => {
    const row = model.terms.dense(term, model.nTopics).map((phi, topic) => phi * model.masses[topic]);
    drawMap(row);
  };
  const hide = () => drawMap(shares);
  return h("button", { type: "button", class: "word", onmouseenter: show, onfocus: show, onmouseleave: hide, onblur: hide }, model.form(term));
}

/** Tokens of the model: the unit in which words are counted on this view. */
function tokens(model: Model): number {
  return Number(model.facts.made.corpus?.n_tokens ?? 0);
}

function relevant(model: Model, topic: number, drawMap: Draw, shares: ArrayLike<number>): HTMLElement {
  const found = relevantWords(model.wordsOf(topic), model.termShares, lambda, WORDS);
  const inTopic = (phi: number) => phi * model.topics[topic].share * tokens(model);
  const inAll = (term: number) => model.termShares[term] * tokens(model);
  const largest = Math.max(...found.map((each) => inAll(each.term)), 1e-9);
  const panel = h("div", {}, h("h3", {}, swatch(model, topic), `The ${found.length} most relevant words of topic ${topic}`));
  append(panel, [
    bars(
      found.map((each) => ({
        label: word(model, each.term, drawMap, shares),
        length: inTopic(each.probability) / largest,
        behind: inAll(each.term) / largest,
        colour: colour(model.facts, topic),
        figure: `${count(Math.round(inTopic(each.probability)))} of ${count(Math.round(inAll(each.term)))}`,
      })),
      "words by relevance",
    ),
    h("p", { class: "muted" }, "Bars: tokens in this topic, before those in all topics, as the model estimates them. ", h("a", { href: address(`topic/${topic}`) }, "More on this topic")),
  ]);
  return panel;
}

function salient(model: Model, drawMap: Draw, shares: ArrayLike<number>): HTMLElement {
  const found = model.facts.salient.slice(0, WORDS);
  const largest = Math.max(...found.map(([, saliency]) => saliency), 1e-9);
  const topicOf = (term: number) => {
    const row = model.terms.dense(term, model.nTopics).map((phi, topic) => phi * model.masses[topic]);
    return row.indexOf(Math.max(...row));
  };
  return h(
    "div",
    {},
    h("h3", {}, `The ${found.length} most salient words`),
    bars(
      found.map(([term, saliency]) => ({
        label: word(model, term, drawMap, shares),
        length: saliency / largest,
        colour: colour(model.facts, topicOf(term)),
      })),
      "words by saliency",
    ),
    h("p", { class: "muted" }, "Words that are frequent and tell topics apart, in the colour of the topic that has most of them. Choose a topic for its own."),
  );
}
