// Shares that sum to one, stacked over an axis.

import { max } from "d3-array";
import { scaleLinear } from "d3-scale";
import { area, stack } from "d3-shape";
import { s } from "../dom";

export interface Layer {
  name: string;
  colour: string;
  values: number[];
  href: string;
}

export function stackChart(label: string, places: string[], layers: Layer[], width = 820, height = 360): SVGSVGElement {
  const margin = { left: 44, right: 12, top: 10, bottom: 28 };
  const rows = places.map((_, i) => layers.map((layer) => layer.values[i]));
  const series = stack<number[], number>().keys(layers.map((_, i) => i)).value((row, layer) => row[layer])(rows);
  const x = scaleLinear([0, Math.max(1, places.length - 1)], [margin.left, width - margin.right]);
  const y = scaleLinear([0, 1], [height - margin.bottom, margin.top]);
  const path = area<[number, number]>()
    .x((_, i) => x(i))
    .y0(([low]) => y(low))
    .y1(([, high]) => y(high));
  const length = max(places, (place) => place.length + 2) ?? 1;
  const step = Math.max(1, Math.ceil((places.length * length * 7) / (width - margin.left - margin.right)));
  return s(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": label, class: "chart" },
    series.map((each, i) =>
      s(
        "a",
        { href: layers[i].href, "aria-label": layers[i].name },
        s(
          "path",
          { d: path(each.map(([low, high]) => [low, high])) ?? "", fill: layers[i].colour, class: "layer" },
          s("title", {}, layers[i].name),
        ),
      ),
    ),
    [0, 0.25, 0.5, 0.75, 1].map((tick) =>
      s("text", { x: margin.left - 6, y: y(tick) + 4, "text-anchor": "end", "aria-hidden": "true" }, `${100 * tick} %`),
    ),
    places.map((place, i) =>
      i % step === 0
        ? s("text", { x: x(i), y: height - 8, "text-anchor": "middle", "aria-hidden": "true" }, place)
        : null,
    ),
  );
}
