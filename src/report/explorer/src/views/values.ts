// The values of views, such as tags, that say most of a topic.

import { h } from "../dom";
import type { Model } from "../model";

/** A line for each view, with its first values. */
export function values(model: Model, topic: number, most = 10): HTMLElement[] {
  return model.facts.values
    .filter((of) => of.topic === topic && of.values.length > 0)
    .map((of) => h("p", { class: "muted" }, h("b", {}, of.view), `: ${of.values.slice(0, most).map((each) => each.value).join(", ")}`));
}
