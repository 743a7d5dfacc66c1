// Makes elements. Texts become text nodes and attributes become attributes: nothing is ever parsed as HTML.

export type Child = Node | string | number | null | undefined | false | Child[];

type Value = string | number | boolean | null | undefined | ((event: any) => void);

const SVG = "http://www.w3.org/2000/svg";

function fill<E extends Element>(element: E, attributes: Record<string, Value>, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, String(value));
  }
  append(element, children);
  return element;
}

export function append(element: Element, children: Child[]): void {
  for (const child of children) {
    if (Array.isArray(child)) append(element, child);
    else if (child instanceof Node) element.append(child);
    else if (child !== null && child !== undefined && child !== false) element.append(String(child));
  }
}

/** An HTML element; an attribute `onclick` with a function is a listener. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, Value> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element. */
export function s<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Record<string, Value> = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Sets styles; the page's policy allows them from its program alone. */
export function styled<E extends HTMLElement | SVGElement>(element: E, styles: Record<string, string>): E {
  for (const [name, value] of Object.entries(styles)) element.style.setProperty(name, value);
  return element;
}

export function replace(element: Element, ...children: Child[]): void {
  element.replaceChildren();
  append(element, children);
}

/** Pixels that a chart of the whole width has: text in it keeps its size on a phone. */
export function room(most = 1240): number {
  return Math.max(320, Math.min(most, innerWidth - 40));
}

/** A table; cells that are numbers are aligned at the right. */
export function table(headers: Child[], rows: Child[][], caption?: string, kind?: string): HTMLElement {
  const cell = (child: Child) => h("td", { class: isNumber(child) ? "number" : null }, child);
  return h(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": caption ?? "table" },
    h(
      "table",
      { class: kind },
      caption && h("caption", {}, caption),
      h(
        "thead",
        {},
        h("tr", {}, headers.map((header, i) => h("th", { scope: "col", class: isNumber(rows[0]?.[i]) ? "number" : null }, header))),
      ),
      h("tbody", {}, rows.map((row) => h("tr", {}, row.map(cell)))),
    ),
  );
}

function isNumber(child: Child): boolean {
  return typeof child === "number" || typeof child === "string" && /^[-–]?[\d,.]*( %)?$/.test(child) && /\d|–/.test(child);
}

/** The figures of a chart as a table that can be opened. */
export function figures(headers: Child[], rows: () => Child[][]): HTMLElement {
  const details = h("details", { class: "figures" }, h("summary", {}, "Figures as a table"));
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) details.append(table(headers, rows(), "figures"));
  });
  return details;
}
