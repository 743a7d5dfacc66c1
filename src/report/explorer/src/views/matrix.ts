// Terms × topics, ordered so that what belongs together stands together (Termite).

import { max } from "d3-array";
import { scaleSqrt } from "d3-scale";
import { figures, h, room, s } from "../dom";
import { cut, decimal } from "../format";
import { address } from "../link";
import type { Model } from "../model";
import { colour } from "../theme";

/** Words of each topic that are in the matrix; of many topics fewer. */
const WORDS = 6;
const MOST_ROWS = 180;

export function matrixView(model: Model): HTMLElement {
  const { order } = model.facts.similarity;
  const terms = seriated(model, order);
  const [row, left, top] = [20, 150, 142];
  const column = Math.max(20, Math.min(48, (room() - left - 110) / order.length));
  // Names are turned, and those of the last columns stand out.
  const [width, height] = [left + order.length * column + 100, top + terms.length * row + 10];
  const right = left + order.length * column;
  const x = (place: number) => left + (place + 0.5) * column;
  const y = (place: number) => top + (place + 0.5) * row;
  const largest = max(terms, (term) => max(model.terms.dense(term, model.nTopics))) || 1;
  const radius = scaleSqrt([0, largest], [0, row * 0.62]);
  const places = new Map(order.map((topic, place) => [topic, place]));
  const chart = s(
    "svg",
    { width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Terms by topics", class: "matrix" },
    order.map((topic, place) =>
      s(
        "a",
        { href: address(`topic/${topic}`) },
        s("text", { transform: `translate(${x(place) + 4},${top - 6}) rotate(-50)` }, `${topic} ${cut(model.topics[topic].name, 19)}`),
      ),
    ),
    terms.map((term, place) => [
      s("line", { class: "grid", x1: left, x2: right, y1: y(place), y2: y(place) }),
      s("text", { x: left - 8, y: y(place) + 4, "text-anchor": "end" }, cut(model.form(term), 20)),
    ]),
    terms.map((term, place) => {
      const circles: SVGElement[] = [];
      model.terms.each(term, (topic, phi) => {
        const size = radius(phi);
        if (size < 0.6) return;
        circles.push(
          s(
            "circle",
            {
              cx: x(places.get(topic)!),
              cy: y(place),
              r: size,
              fill: colour(model.facts, topic),
              "fill-opacity": 0.75,
            },
            s("title", {}, `${model.form(term)} in topic ${topic}: ${decimal(phi, 5)}`),
          ),
        );
      });
      return circles;
    }),
  );
  return h(
    "section",
    {},
    h("h2", {}, "Terms"),
    h(
      "p",
      { class: "lead" },
      "The area of a circle is the probability of a word in a topic. Topics stand beside those that are like them, words beside words of the same topic.",
    ),
    h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "terms by topics" }, chart),
    figures(["term", ...order.map((topic) => `topic ${topic}`)], () =>
      terms.map((term) => {
        const row = model.terms.dense(term, model.nTopics);
        return [model.form(term), ...order.map((topic) => decimal(row[topic], 5))];
      }),
    ),
  );
}

/** The first words of all topics: each beside the words of the topic that has most of it. */
function seriated(model: Model, order: number[]): number[] {
  const perTopic = Math.max(2, Math.min(WORDS, Math.floor(MOST_ROWS / order.length)));
  const chosen = new Set<number>();
  for (const topic of model.topics) {
    for (const word of topic.words.slice(0, perTopic)) chosen.add(model.numberOfTerm.get(word.term)!);
  }
  const place = new Map(order.map((topic, at) => [topic, at]));
  const keys = [...chosen].map((term) => {
    const row = model.terms.dense(term, model.nTopics).map((phi, topic) => phi * model.masses[topic]);
    const best = row.indexOf(max(row) ?? 0);
    return { term, place: place.get(best)!, weight: row[best] };
  });
  keys.sort((a, b) => a.place - b.place || b.weight - a.weight);
  return keys.map((key) => key.term);
}
