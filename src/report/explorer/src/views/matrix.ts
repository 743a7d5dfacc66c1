// Terms × topics, ordered so that what belongs together stands together (Termite).

import { scaleSqrt } from "d3-scale";
import { figures, h, s } from "../dom";
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
  const [cell, left, top] = [20, 150, 34];
  const [width, height] = [left + order.length * cell + 10, top + terms.length * cell + 10];
  const largest = Math.max(...terms.flatMap((term) => Array.from(model.terms.dense(term, model.nTopics))), 1e-9);
  const radius = scaleSqrt([0, largest], [0, cell * 0.62]);
  const column = new Map(order.map((topic, place) => [topic, place]));
  const chart = s(
    "svg",
    { width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Terms by topics", class: "matrix" },
    order.map((topic, place) =>
      s(
        "a",
        { href: address(`topic/${topic}`), "aria-label": `topic ${topic}: ${model.topics[topic].name}` },
        s("text", { x: left + place * cell + cell / 2, y: top - 10, "text-anchor": "middle" }, topic),
        s("title", {}, model.topics[topic].name),
      ),
    ),
    terms.map((term, row) => [
      s("line", { class: "grid", x1: left, x2: width, y1: top + row * cell + cell / 2, y2: top + row * cell + cell / 2 }),
      s("text", { x: left - 8, y: top + row * cell + cell / 2 + 4, "text-anchor": "end" }, cut(model.form(term), 20)),
    ]),
    terms.map((term, row) => {
      const circles: SVGElement[] = [];
      model.terms.each(term, (topic, phi) => {
        const size = radius(phi);
        if (size < 0.6) return;
        circles.push(
          s(
            "circle",
            {
              cx: left + column.get(topic)! * cell + cell / 2,
              cy: top + row * cell + cell / 2,
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
    const best = row.indexOf(Math.max(...row));
    return { term, place: place.get(best)!, weight: row[best] };
  });
  keys.sort((a, b) => a.place - b.place || b.weight - a.weight);
  return keys.map((key) => key.term);
}
