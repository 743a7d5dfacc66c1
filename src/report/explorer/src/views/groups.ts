// Topics over time, and by any column of the documents.

import { max } from "d3-array";
import { heat } from "../charts/heat";
import { stackChart } from "../charts/stack";
import { type Child, figures, h, room } from "../dom";
import type { Groups } from "../facts";
import { count, cut, decimal, percent, plural } from "../format";
import { address, topicLink } from "../link";
import type { Model } from "../model";
import { colour } from "../theme";
import { changeText, shareLine } from "./share";

export function timeView(model: Model): HTMLElement {
  const time = model.facts.over_time;
  if (!time) {
    const { dates_problem: problem } = model.facts;
    return h(
      "section",
      {},
      h("h2", {}, "Over time"),
      h(
        "p",
        { class: "note" },
        problem ? `Dates cannot be read: ${problem}. ` : "No column of the documents looks like dates. ",
        "Documents have dates where they come from a table, JSON or mail; --date-column NAME says which column has them when the model is fitted.",
      ),
    );
  }
  const first = time.groups[0]?.group;
  const last = time.groups[time.groups.length - 1]?.group;
  return h(
    "section",
    {},
    h("h2", {}, "Over time"),
    h("p", { class: "lead" }, `${plural(time.groups.length, time.by === "quantile" ? "period" : (time.by ?? "period"))} from ${first} to ${last}, in the column “${time.column}”. `, without(time)),
    model.facts.dates!.notes.map((note) => h("p", { class: "note" }, note)),
    time.groups.length > 1 && stacked(model, time),
    smallMultiples(model, time, true),
    figuresOf(model, time),
  );
}

/** The groups of one of the columns, by its place; a column may have an odd name or none. */
export function groupView(model: Model, place: number): HTMLElement {
  const groups = model.facts.groups[place];
  const links = model.facts.groups.map((each, i) =>
    h("a", { href: address(`groups/${i}`), "aria-current": i === place ? "page" : null }, each.column || "(no name)"),
  );
  if (!groups) {
    return h(
      "section",
      {},
      h("h2", {}, "By group"),
      links.length > 0
        ? h("nav", { class: "steps", "aria-label": "columns" }, links)
        : h("p", { class: "note" }, "No column of the documents has values that several documents share. Columns come from tables, JSON and mail."),
    );
  }
  const column = groups.column || "(no name)";
  const order = model.facts.similarity.order;
  const shares = groups.groups.map((group) => order.map((topic) => group.topics[topic].share ?? NaN));
  return h(
    "section",
    {},
    h("h2", {}, "By group"),
    links.length > 1 && h("nav", { class: "steps", "aria-label": "columns" }, links),
    h("p", { class: "lead" }, `${plural(groups.groups.length, "group")} by “${column}”. `, without(groups)),
    heat({
      label: `shares of topics by ${column}`,
      columns: order.map((topic) => topicNumber(model, topic)),
      rows: groups.groups.map((group, i) => ({
        header: [h("b", {}, cut(group.group, 40)), h("span", { class: "muted" }, ` ${count(group.documents)}`)],
        values: shares[i],
        texts: shares[i].map((share) => percent(share, 0)),
      })),
      colour: "#3b6fb6",
      least: 0.005,
      largest: max(shares.flat()) || 1,
      written: order.length <= 24,
    }),
    smallMultiples(model, groups, false),
    figuresOf(model, groups),
  );
}

function topicNumber(model: Model, topic: number): Child {
  return h("a", { href: address(`topic/${topic}`), title: model.topics[topic].name, "aria-label": `topic ${topic}: ${model.topics[topic].name}` }, topic);
}

function without(groups: Groups): string {
  const parts = [];
  if (groups.without_group > 0) parts.push(`${plural(groups.without_group, "document")} without a value`);
  if (groups.without_topic > 0) parts.push(`${count(groups.without_topic)} without a topic`);
  return `A share is the mean over documents. ${parts.length > 0 ? `Left out: ${parts.join(", ")}.` : ""}`;
}

function stacked(model: Model, { groups }: Groups): SVGSVGElement {
  // A period without a document that has a topic has no shares to stack.
  const periods = groups.filter((group) => group.topics.some((each) => each.share !== null));
  const layers = model.facts.similarity.order.map((topic) => ({
    name: `${topic} ${model.topics[topic].name}`,
    colour: colour(model.facts, topic),
    values: periods.map((group) => group.topics[topic].share ?? 0),
    href: address(`topic/${topic}`),
  }));
  return stackChart("Shares of all topics over time, stacked", periods.map((group) => group.group), layers, room());
}

/** A chart for each topic: lines over time, points by group. */
function smallMultiples(model: Model, groups: Groups, isTime: boolean): HTMLElement {
  const most = max(groups.groups.flatMap((group) => group.topics.map((each) => each.high ?? each.share ?? 0))) || 0.01;
  const topics = isTime ? model.topics.map((topic) => topic.id) : model.facts.similarity.order;
  return h(
    "div",
    { class: "multiples" },
    topics.map((topic) => {
      const change = changeText(groups.topics[topic]);
      return h(
        "figure",
        { class: "card" },
        h("figcaption", {}, topicLink(model, topic, 44)),
        isTime
          ? shareLine(model, groups, topic, 320, 150)
          : intervals(model, groups, topic, most),
        change && h("p", { class: "muted" }, change),
      );
    }),
  );
}

/** Groups at which a topic is shown. */
const SHOWN_GROUPS = 8;

/** The groups that have most of a topic, each with its interval. */
function intervals(model: Model, groups: Groups, topic: number, most: number): HTMLElement {
  const of = groups.groups.map((group) => ({ label: group.group, ...group.topics[topic] }));
  const shown = of.filter((each) => each.share !== null).sort((a, b) => b.share! - a.share!).slice(0, SHOWN_GROUPS);
  const at = (share: number | null) => `${(100 * Math.min(1, (share ?? 0) / most)).toFixed(2)}%`;
  return h(
    "ol",
    { class: "bars", "aria-label": `groups with most of topic ${topic}` },
    shown.map((each) => {
      const bar = h("span", { class: "bar" });
      bar.style.setProperty("width", at(each.share));
      bar.style.setProperty("background", colour(model.facts, topic));
      const whisker = h("span", { class: "whisker" });
      whisker.style.setProperty("left", at(each.low));
      whisker.style.setProperty("width", at((each.high ?? 0) - (each.low ?? 0)));
      return h(
        "li",
        { title: `${each.label}: ${percent(each.share)}, 95 % interval ${percent(each.low)} to ${percent(each.high)}` },
        h("span", { class: "bar-label" }, cut(each.label, 26)),
        h("span", { class: "bar-track", "aria-hidden": "true" }, bar, each.low !== null && whisker),
        h("span", { class: "bar-figure" }, percent(each.share)),
      );
    }),
  );
}

function figuresOf(model: Model, groups: Groups): HTMLElement {
  return figures([groups.by ? "period" : "group", "documents", "topic", "name", "share", "low", "high"], () =>
    groups.groups.flatMap((group) =>
      group.topics.map((each) => [
        group.group,
        count(group.documents),
        each.topic,
        model.topics[each.topic].name,
        decimal(each.share, 6),
        decimal(each.low, 6),
        decimal(each.high, 6),
      ]),
    ),
  );
}
