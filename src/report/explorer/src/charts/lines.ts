// Lines over an axis, with bands where there are intervals.

import { max, min } from "d3-array";
import { scaleLinear } from "d3-scale";
import { area, line } from "d3-shape";
import { s } from "../dom";

export interface Line {
  name: string;
  colour: string;
  values: (number | null)[];
  low?: (number | null)[];
  high?: (number | null)[];
}

export interface LineChart {
  label: string;
  places: string[];
  lines: Line[];
  width?: number;
  height?: number;
  /** How a value is written at the axis, unless as the axis does it. */
  format?: (value: number) => string;
  /** Places with a dashed line. */
  marks?: number[];
  /** Whether the axis of values begins at 0. */
  fromZero?: boolean;
  /** Where each place stands; else they have equal distances. */
  at?: number[];
}

const margins = { left: 52, right: 14, top: 12, bottom: 28 };

export function lineChart(chart: LineChart): SVGSVGElement {
  const { places, lines, width = 640, height = 240 } = chart;
  const at = chart.at ?? places.map((_, i) => i);
  const values = lines.flatMap((each) => [...each.values, ...(each.low ?? []), ...(each.high ?? [])]);
  const known = values.filter((value): value is number => value !== null && Number.isFinite(value));
  const low = chart.fromZero ? 0 : (min(known) ?? 0);
  const high = max(known) ?? 1;
  const y = scaleLinear([low, high === low ? low + 1 : high], [height - margins.bottom, margins.top]).nice(4);
  const format = chart.format ?? y.tickFormat(4);
  const figures = y.ticks(4).map(format);
  const margin = { ...margins, left: Math.max(margins.left, 7 * longest(figures)) };
  const x = scaleLinear([min(at) ?? 0, (max(at) ?? 1) || 1], [margin.left, width - margin.right]);
  if (places.length === 1) x.domain([at[0] - 1, at[0] + 1]);
  const step = Math.max(1, Math.ceil((places.length * longest(places) * 7) / (width - margin.left - margin.right)));
  const isKnown = (value: number | null) => value !== null && Number.isFinite(value);
  const points = (each: Line) => each.values.map((value, i) => ({ i, value }));
  const path = line<{ i: number; value: number | null }>()
    .defined(({ value }) => isKnown(value))
    .x(({ i }) => x(at[i]))
    .y(({ value }) => y(value as number));
  const band = (each: Line) =>
    area<number>()
      .defined((i) => isKnown(each.low![i]) && isKnown(each.high![i]))
      .x((i) => x(at[i]))
      .y0((i) => y(each.low![i] as number))
      .y1((i) => y(each.high![i] as number))(places.map((_, i) => i));
  return s(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": chart.label, class: "chart" },
    y.ticks(4).map((tick) => [
      s("line", { class: "grid", x1: margin.left, x2: width - margin.right, y1: y(tick), y2: y(tick) }),
      s("text", { x: margin.left - 6, y: y(tick) + 4, "text-anchor": "end" }, format(tick)),
    ]),
    places.map((place, i) =>
      i % step === 0 ? s("text", { x: x(at[i]), y: height - 8, "text-anchor": "middle" }, place) : null,
    ),
    (chart.marks ?? []).map((mark) =>
      s("line", { class: "mark", x1: x(at[mark]), x2: x(at[mark]), y1: margin.top, y2: height - margin.bottom }),
    ),
    lines.map((each) => [
      each.low && each.high && s("path", { d: band(each) ?? "", fill: each.colour, "fill-opacity": 0.18 }),
      s("path", { d: path(points(each)) ?? "", fill: "none", stroke: each.colour, "stroke-width": 2 }),
      places.length <= 40 &&
        points(each).map(({ i, value }) =>
          isKnown(value)
            ? s(
                "circle",
                { cx: x(at[i]), cy: y(value as number), r: 3, fill: each.colour },
                s("title", {}, `${each.name}, ${places[i]}: ${format(value as number)}`),
              )
            : null,
        ),
    ]),
  );
}

function longest(texts: string[]): number {
  return max(texts, (text) => text.length + 2) ?? 1;
}

/** A small line without axes. */
export function sparkLine(values: (number | null)[], colour: string, label: string): SVGSVGElement {
  const [width, height] = [120, 28];
  const x = scaleLinear([0, Math.max(1, values.length - 1)], [2, width - 2]);
  const y = scaleLinear([0, max(values, (value) => value ?? 0) || 1], [height - 2, 3]);
  const isKnown = (value: number | null) => value !== null;
  const path = line<number | null>().defined(isKnown).x((_, i) => x(i)).y((value) => y(value!));
  const filled = area<number | null>().defined(isKnown).x((_, i) => x(i)).y0(height - 2).y1((value) => y(value!));
  return s(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label, class: "spark", preserveAspectRatio: "none" },
    s("path", { d: filled(values) ?? "", fill: colour, "fill-opacity": 0.2 }),
    s("path", { d: path(values) ?? "", fill: "none", stroke: colour, "stroke-width": 1.5 }),
  );
}
