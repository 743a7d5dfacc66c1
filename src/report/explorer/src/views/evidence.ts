// Texts with their words in the colours of topics.

import { h, styled } from "../dom";
import { type Parts, strongest } from "../evidence";
import { percent } from "../format";
import type { Model } from "../model";
import type { Span, Text } from "../texts";
import { tint } from "../theme";

/** Characters of an excerpt, and of those the part before the first word of the topic. */
const EXCERPT = 320;
const BEFORE = 80;

/** A run of text: plain, or a word with its parts. */
interface Run {
  text: string;
  parts?: Parts;
}

/** The runs of a text in order; pieces within an occurrence of an n-gram speak as it does if they have no term. */
export function runs(model: Model, document: number, text: Text): Run[] {
  const parts = model.parts(document, text);
  const spans = [...text.spans].sort((a, b) => a.start - b.start);
  const out: Run[] = [];
  let at = 0;
  let next = 0;
  let open: Span[] = [];
  for (const piece of text.pieces) {
    while (next < spans.length && spans[next].start <= at) open.push(spans[next++]);
    open = open.filter((each) => at < each.start + each.length);
    const span = open[0];
    const term = piece.term >= 0 ? piece.term : span && piece.text.trim() ? span.term : -1;
    const last = out[out.length - 1];
    if (term < 0 && last && !last.parts) last.text += piece.text;
    else out.push({ text: piece.text, parts: term < 0 ? undefined : parts.get(term) });
    at += piece.text.length;
  }
  return out;
}

/** A word in the colour of its topic, the stronger the more it speaks for it; of one topic alone if it is given. */
export function marked(model: Model, run: Run, only?: number): Node {
  const best = run.parts && strongest(run.parts);
  if (!run.parts || !best) return document.createTextNode(run.text);
  const total = run.parts.reduce((sum, part) => sum + part, 0);
  const topic = only ?? best.topic;
  const share = run.parts[topic] / total;
  if (share < 0.05) return document.createTextNode(run.text);
  const title = `${percent(share, 0)} for topic ${topic}: ${model.topics[topic].name}`;
  return styled(h("mark", { title, "data-topic": topic }, run.text), { background: tint(model.facts, topic, 0.1 + 0.35 * share) });
}

/** The beginning of a document from its first word for a topic on, with the words for the topic marked. */
export async function excerpt(model: Model, place: number, topic: number): Promise<Node[]> {
  const text = await model.text(place);
  if (!text) return [];
  const all = runs(model, place, text);
  const starts: number[] = [];
  let length = 0;
  for (const run of all) {
    starts.push(length);
    length += run.text.length;
  }
  const speaks = (run: Run) => {
    const best = run.parts && strongest(run.parts);
    return best?.topic === topic && best.share > 0.5;
  };
  const first = all.findIndex(speaks);
  const from = Math.max(0, (first < 0 ? 0 : starts[first]) - BEFORE);
  const nodes: Node[] = [];
  if (from > 0) nodes.push(document.createTextNode("… "));
  let shown = 0;
  for (const [i, run] of all.entries()) {
    if (starts[i] + run.text.length <= from) continue;
    const cut = Math.max(0, from - starts[i]);
    const piece = run.text.slice(cut, cut + EXCERPT - shown);
    shown += piece.length;
    nodes.push(run.parts && cut === 0 ? marked(model, { ...run, text: piece }, topic) : document.createTextNode(piece));
    if (shown >= EXCERPT) {
      nodes.push(document.createTextNode(" …"));
      break;
    }
  }
  return nodes;
}
