// A matrix of values as a table of coloured cells.

import { type Child, h, styled } from "../dom";

export interface Heat {
  label: string;
  columns: Child[];
  /** A value that is not known is NaN. */
  rows: { header: Child; values: number[]; texts: string[] }[];
  /** The colour of the largest value, as #rrggbb. */
  colour: string;
  largest: number;
  /** Values below are not written. */
  least?: number;
  /** Whether values are written into the cells. */
  written: boolean;
}

export function heat(matrix: Heat): HTMLElement {
  const alpha = (value: number) =>
    Math.round(200 * Math.sqrt(Math.max(0, value) / matrix.largest))
      .toString(16)
      .padStart(2, "0");
  return h(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": matrix.label },
    h(
      "table",
      { class: "heat" },
      h("thead", {}, h("tr", {}, h("td", {}), matrix.columns.map((column) => h("th", { scope: "col" }, column)))),
      h(
        "tbody",
        {},
        matrix.rows.map((row) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, row.header),
            row.values.map((value, i) =>
              styled(h("td", { title: row.texts[i] }, matrix.written && value > (matrix.least ?? 0) ? row.texts[i] : ""), {
                background: matrix.largest > 0 && value > 0 ? matrix.colour + alpha(value) : "transparent",
              }),
            ),
          ),
        ),
      ),
    ),
  );
}
