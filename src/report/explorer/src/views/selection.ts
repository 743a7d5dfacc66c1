// Why this number of topics.

import { lineChart } from "../charts/lines";
import { figures, h } from "../dom";
import { decimal, percent } from "../format";
import type { Model } from "../model";
import { isDark } from "../theme";

export function selectionView(model: Model): HTMLElement {
  const { selection, curve } = model.facts;
  if (!selection) {
    return h(
      "section",
      {},
      h("h2", {}, "Number of topics"),
      curve && explained(curve),
      h("p", { class: "note" }, `${model.nTopics} topics were asked for. `, "topicmill select tries numbers of topics and gives reasons; topicmill report --selection shows them here, and fit -k auto chooses one."),
    );
  }
  const { numbers } = selection;
  const places = numbers.map((number) => String(number.n_topics));
  const marks = selection.candidates.map((candidate) => numbers.findIndex((number) => number.n_topics === candidate.n_topics)).filter((i) => i >= 0);
  const line = isDark() ? "#8ab4f8" : "#1a5fb4";
  const chart = (title: string, meaning: string, values: (number | null)[]) =>
    h(
      "figure",
      { class: "card" },
      h("figcaption", {}, h("b", {}, title), ` ${meaning}`),
      lineChart({
        label: `${title} by number of topics`,
        places,
        at: numbers.map((number) => number.n_topics),
        marks,
        width: 420,
        height: 190,
        lines: [{ name: title, colour: line, values }],
      }),
    );
  return h(
    "section",
    {},
    h("h2", {}, "Number of topics"),
    curve && explained(curve),
    h("p", { class: "lead" }, `Each number was tried on ${selection.n_runs} halves of the documents. Dashed lines are proposals.`),
    h(
      "ol",
      {},
      selection.candidates.map((candidate) => h("li", {}, h("b", {}, `${candidate.n_topics} topics`), `: ${candidate.reasons.join("; ")}`)),
    ),
    h(
      "div",
      { class: "multiples wide" },
      chart("Likelihood", "of a withheld word, in nats: higher is better", numbers.map((number) => number.likelihood)),
      chart("Stability", "of the documents of topics between halves", numbers.map((number) => number.stability)),
      chart("Coherence", "NPMI of words, in documents that were not fitted", numbers.map((number) => number.coherence)),
      chart("Diversity", "share of first words that are distinct", numbers.map((number) => number.diversity)),
    ),
    figures(["topics", "likelihood", "stability", "word stability", "coherence", "diversity"], () =>
      numbers.map((number) => [
        number.n_topics,
        decimal(number.likelihood, 4),
        decimal(number.stability),
        decimal(number.word_stability),
        decimal(number.coherence),
        decimal(number.diversity),
      ]),
    ),
  );
}

// What each number of topics explains, where topics were found one after another.
function explained(curve: number[]): HTMLElement {
  const numbers = curve.map((_, i) => i + 1);
  return h(
    "figure",
    { class: "card" },
    h("figcaption", {}, h("b", {}, "Explained"), " by the first topics, of what one topic leaves over; where it bends, further topics describe ever smaller parts"),
    lineChart({
      label: "share explained by number of topics",
      places: numbers.map(String),
      at: numbers,
      width: 640,
      height: 220,
      fromZero: true,
      format: (value) => percent(value, 0),
      lines: [{ name: "explained", colour: isDark() ? "#8ab4f8" : "#1a5fb4", values: curve }],
    }),
    figures(["topics", "explained", "gain"], () => curve.map((share, i) => [i + 1, percent(share), percent(share - (curve[i - 1] ?? 0))])),
  );
}
