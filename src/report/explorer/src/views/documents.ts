// All documents: search, filters, order.

import { h, replace, table } from "../dom";
import { count, cut, percent } from "../format";
import { address, documentLink, topicLink } from "../link";
import type { Model } from "../model";

const PAGE = 50;

/** Most values of a column that a filter offers. */
const MOST_VALUES = 200;

interface Query {
  q: string;
  topic: string;
  label: string;
  from: string;
  to: string;
  order: string;
  page: number;
}

function queryOf(parameters: URLSearchParams): Query {
  const text = (name: string) => parameters.get(name) ?? "";
  return {
    q: text("q"),
    topic: text("topic"),
    label: text("label"),
    from: text("from"),
    to: text("to"),
    order: text("order") || (text("topic") === "" ? "read" : "share"),
    page: Math.max(0, Number(text("page")) || 0),
  };
}

/** The places of the documents that a query finds, in its order. */
async function find(model: Model, query: Query, isStale: () => boolean): Promise<number[]> {
  const { documents } = model;
  const words = query.q.trim().toLowerCase();
  const inTexts = words && model.hasTexts ? await model.search(words, isStale) : undefined;
  const has = (text: string) => text.toLowerCase().includes(words);
  const topic = query.topic === "" ? undefined : Number(query.topic);
  const found = documents.ids.map((_, place) => place).filter((place) => {
    if (topic !== undefined && model.clusters[place] !== topic) return false;
    if (query.label && (documents.labels?.[place] ?? "") !== query.label) return false;
    const date = query.from || query.to ? model.date(place) : "";
    if (query.from && (date === "" || date < query.from)) return false;
    if (query.to && (date === "" || date.slice(0, query.to.length) > query.to)) return false;
    if (!words) return true;
    return has(documents.titles[place]) || has(documents.ids[place]) || (inTexts?.has(place) ?? false);
  });
  const by = (key: (place: number) => number) => {
    const keys = new Map(found.map((place) => [place, key(place)]));
    found.sort((a, b) => {
      const [first, second] = [keys.get(a)!, keys.get(b)!];
      return first === second ? a - b : first > second ? -1 : 1;
    });
  };
  if (query.order === "share") {
    by((place) => (topic ?? model.clusters[place]) < 0 ? 0 : model.shareOf(place, topic ?? model.clusters[place]));
  } else if (query.order === "length") by((place) => model.tokens[place]);
  else if (query.order === "newest") by((place) => model.day(place) ?? -Infinity);
  else if (query.order === "oldest") by((place) => -(model.day(place) ?? Infinity));
  else if (query.order === "title") {
    found.sort((a, b) => model.title(a).localeCompare(model.title(b), "en") || a - b);
  }
  return found;
}

export function documentsView(model: Model, parameters: URLSearchParams): HTMLElement {
  const { facts, documents } = model;
  let query = queryOf(parameters);
  const number = h("p", { class: "muted", id: "found", "aria-live": "polite" });
  const results = h("div", { tabindex: -1 });
  let latest = 0;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const draw = async () => {
    const mine = ++latest;
    const found = await find(model, query, () => mine !== latest);
    if (mine !== latest) return;
    number.textContent = found.length === 1 ? "1 document" : `${count(found.length)} documents`;
    replace(results, list(model, found, query, turn));
  };
  const change = (changed: Partial<Query>) => {
    query = { ...query, page: 0, ...changed };
    clearTimeout(waiting);
    // Somebody who types goes on typing.
    waiting = setTimeout(() => {
      void draw();
      const { page, ...rest } = query;
      if (!results.isConnected) return;
      history.replaceState(null, "", address("documents", { ...rest, page: page || undefined }));
    }, "q" in changed ? 200 : 0);
  };
  const turn = (page: number) => {
    change({ page });
    results.scrollIntoView();
    results.focus({ preventScroll: true });
  };
  const select = (name: keyof Query, label: string, options: [string, string][]) =>
    h(
      "label",
      {},
      `${label} `,
      h(
        "select",
        { onchange: (event: Event) => change({ [name]: (event.target as HTMLSelectElement).value }) },
        options.map(([value, text]) => h("option", { value, selected: value === query[name] }, text)),
      ),
    );
  const dateInput = (name: "from" | "to") =>
    h(
      "label",
      {},
      `${name} `,
      h("input", {
        type: "text",
        size: 10,
        inputmode: "numeric",
        placeholder: { year: "1851", month: "1851-10", day: "1851-10-18" }[facts.dates!.resolution] ?? "",
        value: query[name],
        oninput: (event: Event) => change({ [name]: (event.target as HTMLInputElement).value.trim() }),
      }),
    );
  const labels = [...new Set(documents.labels ?? [])].filter(Boolean).sort();
  void draw();
  return h(
    "section",
    {},
    h("h2", {}, "Documents"),
    h(
      "form",
      { class: "controls", role: "search", onsubmit: (event: Event) => event.preventDefault() },
      h(
        "label",
        {},
        model.hasTexts ? "Search texts " : "Search titles ",
        h("input", {
          type: "search",
          id: "search",
          value: query.q,
          oninput: (event: Event) => change({ q: (event.target as HTMLInputElement).value }),
        }),
      ),
      select("topic", "Topic", [["", "any"], ...model.topics.map((topic): [string, string] => [String(topic.id), `${topic.id} ${topic.name}`])]),
      labels.length > 0 &&
        labels.length <= MOST_VALUES &&
        select("label", "Label", [["", "any"], ...labels.map((label): [string, string] => [label, cut(label, 40)])]),
      facts.dates && [dateInput("from"), dateInput("to")],
      select("order", "Order", [
        ["read", "as read"],
        ["share", "share of the topic"],
        ["length", "length"],
        ["title", "title"],
        ...(facts.dates ? ([["newest", "newest first"], ["oldest", "oldest first"]] as [string, string][]) : []),
      ]),
    ),
    !model.hasTexts && h("p", { class: "note" }, missingTexts(model)),
    facts.n_shown < facts.n_documents && h("p", { class: "note" }, `A sample: ${count(facts.n_shown)} of ${count(facts.n_documents)} documents.`),
    number,
    results,
  );
}

/** Why there are no texts, and how they get onto the page. */
export function missingTexts(model: Model): string {
  return model.facts.is_text
    ? "This page has no texts of documents: name the input that has them (topicmill report MODEL INPUT), or fit with --keep-texts."
    : "The model was fitted to a matrix, whose documents have no texts.";
}

function list(model: Model, found: number[], query: Query, turn: (page: number) => void): HTMLElement {
  const pages = Math.max(1, Math.ceil(found.length / PAGE));
  const page = Math.min(query.page, pages - 1);
  const shown = found.slice(page * PAGE, (page + 1) * PAGE);
  const hasDates = model.facts.dates !== null;
  const topicOf = (place: number) => (query.topic === "" ? model.clusters[place] : Number(query.topic));
  const headers = ["document", "topic", "share", model.documents.labels && "label", hasDates && model.facts.dates!.column, "tokens"];
  const rows = shown.map((place) => {
    const topic = topicOf(place);
    return [
      documentLink(model, place),
      topic < 0 ? "none" : topicLink(model, topic, 28),
      topic < 0 ? "–" : percent(model.shareOf(place, topic)),
      model.documents.labels && (model.documents.labels[place] || "–"),
      hasDates && (model.date(place) || "–"),
      count(model.tokens[place]),
    ].filter((cell) => cell !== null && cell !== false);
  });
  const button = (to: number, text: string) =>
    h("button", { type: "button", disabled: to < 0 || to >= pages, onclick: () => turn(to) }, text);
  return h(
    "div",
    {},
    table(headers.filter((header) => header !== null && header !== false), rows, "documents found", "found"),
    pages > 1 && h("nav", { class: "pages", "aria-label": "pages" }, button(page - 1, "← back"), ` page ${page + 1} of ${pages} `, button(page + 1, "on →")),
  );
}
