// Topics on a plane: circles by share.

import { extent, max } from "d3-array";
import { scaleLinear, scaleSqrt } from "d3-scale";
import { s } from "../dom";
import type { Model } from "../model";
import { address } from "../link";
import { colour } from "../theme";

export interface TopicMap {
  element: SVGSVGElement;
  /** Gives the circles these areas. */
  resize: (sizes: ArrayLike<number>) => void;
  /** Marks one topic, or none. */
  choose: (topic: number | undefined) => void;
}

/** A map of all topics: circles at their places, in the colours of the topics. */
export function topicMap(model: Model, size = 480): TopicMap {
  const { positions } = model.facts.similarity;
  const [x0, x1] = extent(positions, (at) => at[0]) as [number, number];
  const [y0, y1] = extent(positions, (at) => at[1]) as [number, number];
  // One scale for both axes, because distances are what the map shows.
  const range = Math.max(x1 - x0, y1 - y0, 1e-9) * 1.25;
  const scale = (low: number, high: number) =>
    scaleLinear([(low + high - range) / 2, (low + high + range) / 2], [0, size]);
  const [x, y] = [scale(x0, x1), scale(y0, y1)];
  const place = (topic: number) => [x(positions[topic][0]), size - y(positions[topic][1])];
  const order = model.topics.map((topic) => topic.id).sort((a, b) => model.topics[b].share - model.topics[a].share);
  const circles = new Map(
    order.map((topic) => {
      const [cx, cy] = place(topic);
      const title = s("title", {}, `${topic} ${model.topics[topic].name}`);
      return [topic, s("circle", { cx, cy, fill: colour(model.facts, topic) }, title)];
    }),
  );
  const element = s(
    "svg",
    { viewBox: `0 0 ${size} ${size}`, role: "group", "aria-label": "Map of topics", class: "chart map" },
    s("line", { class: "grid", x1: 0, x2: size, y1: size / 2, y2: size / 2 }),
    s("line", { class: "grid", x1: size / 2, x2: size / 2, y1: 0, y2: size }),
    order.map((topic) =>
      s(
        "a",
        { href: address("map", { topic }), "aria-label": `topic ${topic}: ${model.topics[topic].name}` },
        circles.get(topic)!,
      ),
    ),
    // Numbers lie above all circles, so that those of small ones can be read.
    order.map((topic) => {
      const [px, py] = place(topic);
      return s("text", { x: px, y: py + 4, "text-anchor": "middle", class: "node-label", "aria-hidden": "true" }, topic);
    }),
  );
  const resize = (sizes: ArrayLike<number>) => {
    const radius = scaleSqrt([0, max(Array.from(sizes)) || 1], [0, size / 13]);
    circles.forEach((circle, topic) => circle.setAttribute("r", String(Math.max(5, radius(sizes[topic])))));
  };
  const choose = (chosen: number | undefined) =>
    circles.forEach((circle, topic) => {
      circle.setAttribute("class", topic === chosen ? "node chosen" : "node");
      circle.setAttribute("fill-opacity", topic === chosen ? "0.95" : "0.55");
    });
  return { element, resize, choose };
}
