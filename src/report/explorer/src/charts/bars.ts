// Words with bars.

import { type Child, h, styled } from "../dom";

export interface Bar {
  label: Child;
  /** Length of the bar, 0 to 1. */
  length: number;
  /** Length of a paler bar behind it. */
  behind?: number;
  colour: string;
  /** What is written behind the bar. */
  figure?: string;
}

export function bars(items: Bar[], label: string): HTMLElement {
  const share = (length: number) => `${(100 * Math.min(1, Math.max(0, length))).toFixed(2)}%`;
  return h(
    "ol",
    { class: "bars", "aria-label": label },
    items.map((item) =>
      h(
        "li",
        {},
        h("span", { class: "bar-label" }, item.label),
        h(
          "span",
          { class: "bar-track", "aria-hidden": "true" },
          item.behind !== undefined &&
            styled(h("span", { class: "bar behind" }), { width: share(item.behind), background: item.colour }),
          styled(h("span", { class: "bar" }), { width: share(item.length), background: item.colour }),
        ),
        item.figure !== undefined && h("span", { class: "bar-figure" }, item.figure),
      ),
    ),
  );
}
