// The map of topics with the relevance of words, as LDAvis shows them.

import { max } from "d3-array";
import { bars } from "../charts/bars";
import { topicMap } from "../charts/map";
import { h, replace } from "../dom";
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
  let topic = asked && model.topics[Number(asked)] ? Number(asked) : undefined;
  const map = topicMap(model);
  const shares = Float64Array.from(model.topics, (each) => each.share);
  const words = h("div", { class: "panel" });
  const show: Show = (term) => map.resize(term === undefined ? shares : weights(model, term));
  const drawWords = () => replace(words, topic === undefined ? salient(model, show) : relevant(model, topic, show));
  const output = h("output", {}, lambda.toFixed(2));
  const slider = h("input", {
    type: "range",
    id: "lambda",
    min: 0,
    max: 1,
    step: 0.01,
    value: lambda,
    oninput: (event: Event) => {
      lambda = Number((event.target as HTMLInputElement).value);
      output.textContent = lambda.toFixed(2);
      drawWords();
    },
  });
  const draw = () => {
    map.choose(topic);
    slider.disabled = topic === undefined;
    drawWords();
  };
  // The choice stays where it is, so that arrow keys go through the topics.
  const choose = (value: string) => {
    topic = value === "" ? undefined : Number(value);
    history.replaceState(null, "", address("map", { topic }));
    draw();
  };
  map.resize(shares);
  draw();
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
          { onchange: (event: Event) => choose((event.target as HTMLSelectElement).value) },
          h("option", { value: "", selected: topic === undefined }, "all: salient words"),
          model.topics.map((each) => h("option", { value: each.id, selected: each.id === topic }, `${each.id} ${each.name}`)),
        ),
      ),
      h("label", { for: "lambda" }, "Relevance λ (0: words of this topic alone, 1: its most probable words) ", slider, " ", output),
    ),
    h("div", { class: "columns" }, h("div", { class: "panel" }, map.element), words),
  );
}

/** Shows which topics have a term; without one, how large topics are. */
type Show = (term?: number) => void;

/** The weight of a term in each topic. */
function weights(model: Model, term: number): Float64Array {
  return model.terms.dense(term, model.nTopics).map((phi, topic) => phi * model.masses[topic]);
}

/** A word that shows, while it is looked at, which topics have it. */
function word(model: Model, term: number, show: Show): HTMLElement {
  const [look, leave] = [() => show(term), () => show()];
  return h(
    "button",
    { type: "button", class: "word", onmouseenter: look, onfocus: look, onmouseleave: leave, onblur: leave },
    model.form(term),
  );
}

function relevant(model: Model, topic: number, show: Show): HTMLElement {
  const found = relevantWords(model.wordsOf(topic), model.termShares, lambda, WORDS).map(({ term }) => {
    const of = weights(model, term);
    const all = model.termCounts[term];
    return { term, all, here: (all * of[topic]) / (of.reduce((sum, weight) => sum + weight, 0) || 1) };
  });
  const largest = max(found, (each) => each.all) || 1;
  // The entries of a foreign matrix need be no counts.
  const figure = (value: number) => (model.facts.is_text ? count(Math.round(value)) : value.toPrecision(4));
  return h(
    "div",
    {},
    h("h3", {}, swatch(model, topic), `The ${found.length} most relevant words of topic ${topic}`),
    bars(
      found.map((each) => ({
        label: word(model, each.term, show),
        length: each.here / largest,
        behind: each.all / largest,
        colour: colour(model.facts, topic),
        figure: `${figure(each.here)} of ${figure(each.all)}`,
      })),
      "words by relevance",
    ),
    h(
      "p",
      { class: "muted" },
      model.facts.is_text ? "Tokens of a word in this topic, as the model estimates them, before all that there are. " : "The weight of a word in this topic, before all of it. ",
      h("a", { href: address(`topic/${topic}`) }, "More on this topic"),
    ),
  );
}

function salient(model: Model, show: Show): HTMLElement {
  const found = model.facts.salient.slice(0, WORDS);
  const largest = max(found, ([, saliency]) => saliency) || 1;
  const topicOf = (term: number) => {
    const of = weights(model, term);
    return of.indexOf(max(of) ?? 0);
  };
  return h(
    "div",
    {},
    h("h3", {}, `The ${found.length} most salient words`),
    bars(
      found.map(([term, saliency]) => ({
        label: word(model, term, show),
        length: saliency / largest,
        colour: colour(model.facts, topicOf(term)),
      })),
      "words by saliency",
    ),
    h("p", { class: "muted" }, "Words that are frequent and tell topics apart, in the colour of the topic that has most of them. Choose a topic for its own."),
  );
}
