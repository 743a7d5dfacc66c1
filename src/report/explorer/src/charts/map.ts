// Topics on a plane: circles by share.

import { extent } from "d3-array";
import { scaleLinear, scaleSqrt } from "d3-scale";
import { s } from "../dom";
import type { Model } from "../model";
import { address } from "../link";
import { colour } from "../theme";

/** A map of all topics, of which one can be chosen; `sizes` are the areas of the circles. */
export function topicMap(model: Model, chosen: number | undefined, sizes: ArrayLike<number>, size = 480): SVGSVGElement {
  const { positions } = model.facts.similarity;
  const [x0, x1] = extent(positions, (at) => at[0]) as [number, number];
  const [y0, y1] = extent(positions, (at) => at[1]) as [number, number];
  // One scale for both axes, because distances are what the map shows.
  const range = Math.max(x1 - x0, y1 - y0, 1e-9) * 1.25;
  const scale = (low: number, high: number) =>
    scaleLinear([(low + high - range) / 2, (low + high + range) / 2], [0, size]);
  const [x, y] = [scale(x0, x1), scale(y0, y1)];
  const radius = scaleSqrt([0, Math.max(...Array.from(sizes), 1e-9)], [0, size / 13]);
  const order = model.topics.map((topic) => topic.id).sort((a, b) => sizes[b] - sizes[a]);
  return s(
    "svg",
    { viewBox: `0 0 ${size} ${size}`, role: "group", "aria-label": "Map of topics", class: "chart map" },
    s("line", { class: "grid", x1: 0, x2: size, y1: size / 2, y2: size / 2 }),
    s("line", { class: "grid", x1: size / 2, x2: size / 2, y1: 0, y2: size }),
    order.map((topic) => {
      const [px, py] = [x(positions[topic][0]), size - y(positions[topic][1])];
      const isChosen = topic === chosen;
      return s(
        "a",
        { href: address("map", { topic }), "aria-label": `topic ${topic}: ${model.topics[topic].name}` },
        s(
          "circle",
          {
            cx: px,
            cy: py,
            r: Math.max(5, radius(sizes[topic])),
            fill: colour(model.facts, topic),
            "fill-opacity": isChosen ? 0.95 : 0.55,
            class: isChosen ? "node chosen" : "node",
          },
          s("title", {}, `${topic} ${model.topics[topic].name}`),
        ),
      );
    }),
    // Numbers lie above all circles, so that those of small ones can be read.
    order.map((topic) => {
      const [px, py] = [x(positions[topic][0]), size - y(positions[topic][1])];
      return s("text", { x: px, y: py + 4, "text-anchor": "middle", class: "node-label", "aria-hidden": "true" }, topic);
    }),
  );
}
