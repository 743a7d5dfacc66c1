// The tree of topics by average linkage, leaves from top to bottom.

import { scaleLinear } from "d3-scale";
import { s } from "../dom";
import { cut } from "../format";
import { address } from "../link";
import type { Model } from "../model";
import { colour } from "../theme";

export function topicTree(model: Model, width: number): SVGSVGElement {
  const { merges, order } = model.facts.similarity;
  const row = 22;
  const names = Math.min(340, width * 0.6);
  const height = order.length * row + 34;
  const furthest = Math.max(...merges.map(([, distance]) => distance), 0.01);
  const x = scaleLinear([0, furthest], [width - names, 12]);
  const nodes: { x: number; y: number }[] = [];
  order.forEach((topic, place) => (nodes[topic] = { x: x(0), y: place * row + row / 2 }));
  const lines = merges.map(([[a, b], distance], i) => {
    const [first, second] = [nodes[a], nodes[b]];
    nodes[order.length + i] = { x: x(distance), y: (first.y + second.y) / 2 };
    const at = x(distance);
    return s("path", { class: "branch", d: `M${first.x},${first.y}H${at}V${second.y}H${second.x}` });
  });
  return s(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Tree of topics", class: "chart" },
    lines,
    order.map((topic) => {
      const at = nodes[topic];
      return s(
        "a",
        { href: address(`topic/${topic}`) },
        s("circle", { cx: at.x + 8, cy: at.y, r: 5, fill: colour(model.facts, topic) }),
        s("text", { x: at.x + 20, y: at.y + 4 }, `${topic} ${cut(model.topics[topic].name, Math.floor(names / 8))}`),
      );
    }),
    x.ticks(5).map((tick) => s("text", { x: x(tick), y: height - 6, "text-anchor": "middle" }, tick.toFixed(2))),
  );
}
