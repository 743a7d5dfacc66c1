// Addresses within the page, and links to topics and documents.

import { h, styled } from "./dom";
import { cut } from "./format";
import type { Model } from "./model";
import { colour } from "./theme";

/** An address of a view, such as `#documents?topic=3`. */
export function address(view: string, parameters: Record<string, string | number | undefined> = {}): string {
  const set = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== "");
  const query = new URLSearchParams(set.map(([name, value]) => [name, String(value)])).toString();
  return `#${view}${query ? `?${query}` : ""}`;
}

export interface Place {
  view: string;
  parameters: URLSearchParams;
}

export function placeOf(hash: string): Place {
  const [view, query] = hash.replace(/^#/, "").split("?");
  return { view: view || "overview", parameters: new URLSearchParams(query ?? "") };
}

/** The colour of a topic as a small square. */
export function swatch(model: Model, topic: number): HTMLElement {
  return styled(h("span", { class: "swatch", "aria-hidden": "true" }), { background: colour(model.facts, topic) });
}

export function topicLink(model: Model, topic: number, length = 60): HTMLElement {
  const name = model.topics[topic].name;
  return h("a", { href: address(`topic/${topic}`), class: "topic" }, swatch(model, topic), h("b", {}, topic), " ", cut(name, length));
}

export function documentLink(model: Model, document: number, length = 90): HTMLElement {
  return h("a", { href: address(`document/${document}`) }, cut(model.title(document), length));
}
