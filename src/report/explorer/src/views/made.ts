// How the model was made: convergence, command, configuration, versions, digests.

import { lineChart } from "../charts/lines";
import { type Child, h, room, table } from "../dom";
import { count, percent } from "../format";
import type { Model } from "../model";
import { isDark } from "../theme";

export function convergenceView(model: Model): HTMLElement {
  const { trace, made } = model.facts;
  const fit = made.fit ?? {};
  const facts: [string, Child][] = [
    ["iterations", count(fit.n_iterations ?? trace.length)],
    ["ended", fit.stop_reason ?? "–"],
    ["objective at the start", number(fit.first_objective)],
    ["objective at the end", number(fit.final_objective)],
    ["KKT residual", number(fit.kkt_residual)],
    ["explained of what one topic leaves", percent(model.facts.evaluation.explained)],
  ];
  if (fit.sharpening) facts.push(["rounds of sharpening on the counts", count(fit.sharpening.n_rounds)]);
  return h(
    "section",
    {},
    h("h2", {}, "Convergence"),
    h("p", { class: "lead" }, "The objective of the factorisation V ≈ W H after each iteration."),
    trace.length > 1 &&
      lineChart({
        label: "objective by iteration",
        places: trace.map(([iteration]) => String(iteration)),
        width: room(),
        height: 300,
        lines: [{ name: "objective", colour: isDark() ? "#8ab4f8" : "#1a5fb4", values: trace.map(([, objective]) => objective) }],
      }),
    table(["", "value"], facts, "the fit"),
  );
}

function number(value: number | null | undefined): string {
  return value == null ? "–" : value.toPrecision(7);
}

export function madeView(model: Model): HTMLElement {
  const { made, program } = model.facts;
  const run = made.run ?? {};
  const started = run.started ? new Date(run.started * 1000).toISOString().replace("T", " ").slice(0, 16) + " UTC" : "–";
  const corpus = made.corpus ?? {};
  const rows: [string, Child][] = [
    ["program", program],
    ["started", started],
    ["inputs", (run.inputs ?? []).join(", ") || "–"],
    ["documents", count(corpus.n_documents ?? 0)],
    ["without a term", count(corpus.n_empty ?? 0)],
    ["tokens", count(corpus.n_tokens ?? 0)],
    ["terms", `${count(corpus.n_terms ?? 0)} of ${count(corpus.n_counted_terms ?? 0)}`],
    ["language", made.analyzer?.language ?? "–"],
    ["seed", String(made.fit?.seed ?? "–")],
    ["digest of the documents (blake3)", h("code", {}, corpus.digest ?? "–")],
    ["digest of the model (blake3)", h("code", {}, made.digest ?? "–")],
  ];
  const skipped = Object.entries(corpus.skipped ?? {}).map(([reason, n]) => `${n} ${reason}`);
  if (skipped.length > 0) rows.push(["left out", skipped.join(", ")]);
  const notes: string[] = [...(corpus.warnings ?? []), ...(corpus.advice ?? []), ...(made.fit?.warnings ?? [])];
  return h(
    "section",
    {},
    h("h2", {}, "How it was made"),
    (run.command ?? []).length > 0 && h("pre", { tabindex: 0 }, command(run.command)),
    table(["", "value"], rows, "record"),
    notes.length > 0 && [h("h3", {}, "Warnings and advice"), h("ul", {}, notes.map((note) => h("li", {}, note)))],
    h("h3", {}, "Configuration"),
    Object.entries(made.config ?? {}).map(([section, keys]) => [
      h("h4", {}, section),
      table(["key", "value"], Object.entries(keys as Record<string, unknown>).map(([key, value]) => [key, h("code", {}, JSON.stringify(value))]), section),
    ]),
    h("p", { class: "muted" }, "The same documents, configuration and version give the same model, byte for byte, on any number of threads."),
  );
}

/** A command as it is typed into a shell. */
export function command(words: string[]): string {
  const program = words[0].split(/[\\/]/).pop() ?? words[0];
  const quoted = words.slice(1).map((word) => (/^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`));
  return [program, ...quoted].join(" ");
}
