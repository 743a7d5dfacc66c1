// The share of a topic over time, and whether it changes.

import { lineChart } from "../charts/lines";
import type { Change, Groups } from "../facts";
import { chance, percent } from "../format";
import type { Model } from "../model";
import { colour } from "../theme";

/** The share of a topic by period, with its intervals as a band. */
export function shareLine(model: Model, time: Groups, topic: number, width: number, height?: number): SVGSVGElement {
  const of = time.groups.map((group) => group.topics[topic]);
  return lineChart({
    label: `share of topic ${topic} by ${time.by}`,
    places: time.groups.map((group) => group.group),
    width,
    height,
    fromZero: true,
    format: (value) => percent(value, value < 0.1 ? 1 : 0),
    lines: [
      {
        name: `topic ${topic}`,
        colour: colour(model.facts, topic),
        values: of.map((each) => each.share),
        low: of.map((each) => each.low),
        high: of.map((each) => each.high),
      },
    ],
  });
}

/** The tests of a change in words; empty if there are none. */
export function changeText({ difference, trend }: Change): string {
  if (!difference) return "";
  const line = trend ? `, trend ${trend.slope > 0 ? "up" : "down"}: ${chance(trend.adjusted)}` : "";
  return `difference: ${chance(difference.adjusted)}${line}`;
}
