// Which words of a document speak for which of its topics, exactly as `topicmill explain` says it.

import type { SparseRows } from "./blocks";
import type { Text } from "./texts";

/** What evidence is made of. */
export interface Weights {
  /** W: p(term | topic) by term. */
  terms: SparseRows;
  /** What an occurrence of each term weighs: the weight of the term for counts, else its idf. */
  occurrences: ArrayLike<number>;
  /** How a count becomes a weight: counts, raw, log, sqrt or binary. */
  tf: string;
  /** The share of each topic that is spread over all terms; null if topics were not sharpened. */
  smoothing: number[] | null;
  nTopics: number;
}

/** The part of an occurrence for each topic. */
export type Parts = Float64Array;

/** The weight of one of `count` occurrences of a term, up to the norm of the document, which scales away. */
export function weightOfOne(count: number, tf: string): number {
  switch (tf) {
    case "log":
      return (1 + Math.log(count)) / count;
    case "sqrt":
      return 1 / Math.sqrt(count);
    case "binary":
      return 1 / count;
    default:
      return 1;
  }
}

/** The row of W with which documents are solved: smoothed where topics were sharpened. */
export function topicRow(weights: Weights, term: number): Float64Array {
  const row = weights.terms.dense(term, weights.nTopics);
  const { smoothing } = weights;
  if (!smoothing || row.every((value) => value === 0)) return row;
  const n = weights.terms.length;
  return row.map((value, topic) => (1 - smoothing[topic]) * value + smoothing[topic] / n);
}

/**
 * The parts of each term of a document, one occurrence of it: a term's weight times W_tk H_dk / Σ_l W_tl H_dl, scaled so
 * that the parts of all occurrences for a topic sum to the document's weight of it.
 */
export function partsOfTerms(text: Text, document: Float64Array, weights: Weights): Map<number, Parts> {
  const counts = new Map<number, number>();
  const add = (term: number) => term >= 0 && counts.set(term, (counts.get(term) ?? 0) + 1);
  for (const piece of text.pieces) add(piece.term);
  for (const span of text.spans) add(span.term);
  const sums = new Float64Array(weights.nTopics);
  const parts = new Map<number, Parts>();
  for (const [term, count] of counts) {
    const row = topicRow(weights, term).map((value, topic) => value * document[topic]);
    const product = row.reduce((sum, value) => sum + value, 0);
    const weight = weights.occurrences[term] * weightOfOne(count, weights.tf);
    const part = row.map((value) => (product > 0 ? (weight * value) / product : 0));
    part.forEach((value, topic) => (sums[topic] += count * value));
    parts.set(term, part);
  }
  for (const part of parts.values()) {
    part.forEach((value, topic) => (part[topic] = sums[topic] > 0 ? (value * document[topic]) / sums[topic] : 0));
  }
  return parts;
}

/** The topic that an occurrence speaks most for, and the share of it; undefined if it speaks for none. */
export function strongest(parts: Parts): { topic: number; share: number } | undefined {
  let topic = -1;
  let total = 0;
  parts.forEach((part, k) => {
    total += part;
    if (part > 0 && (topic < 0 || part > parts[topic])) topic = k;
  });
  return topic < 0 ? undefined : { topic, share: parts[topic] / total };
}
