import { h } from "../dom";
import type { Verdict } from "../facts";

/** What is to be known of a topic before it is trusted; null if there is nothing. */
export function verdicts(list: Verdict[]): HTMLElement | null {
  if (list.length === 0) return null;
  return h(
    "ul",
    { class: "verdicts", "aria-label": "verdicts" },
    list.map((verdict) => h("li", { class: verdict.kind === "robust" ? "good" : "bad" }, verdict.text)),
  );
}
