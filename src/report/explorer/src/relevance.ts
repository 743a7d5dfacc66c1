// Ranks words by relevance (Sievert & Shirley, LDAvis, 2014), as `topicmill topics --lambda` does.

import type { SparseRows } from "./blocks";

/** A word of a topic with its relevance. */
export interface RelevantWord {
  term: number;
  relevance: number;
  /** p(term | topic). */
  probability: number;
}

/** p_t, each term's share of the modelled corpus: the mean of p(term | topic) by the masses of the topics. */
export function termShares(terms: SparseRows, masses: ArrayLike<number>): Float64Array {
  const total = Array.from(masses).reduce((sum, mass) => sum + mass, 0);
  const shares = new Float64Array(terms.length);
  for (let term = 0; term < terms.length; term++) {
    terms.each(term, (topic, phi) => (shares[term] += phi * masses[topic]));
    shares[term] = total > 0 ? shares[term] / total : 0;
  }
  return shares;
}

const view = new DataView(new ArrayBuffer(8));

/** Rounds a score to 16 bits after the leading one, so that scores that differ in their last bits are ties. */
export function rounded(score: number): number {
  view.setFloat64(0, score);
  const bits = view.getBigUint64(0);
  const dropped = 36n;
  view.setBigUint64(0, BigInt.asUintN(64, ((bits + (1n << (dropped - 1n))) >> dropped) << dropped));
  return view.getFloat64(0);
}

/** The terms of a topic with p(term | topic). */
export function wordsOfTopic(terms: SparseRows, topic: number): { term: number; phi: number }[] {
  const words: { term: number; phi: number }[] = [];
  for (let term = 0; term < terms.length; term++) {
    terms.each(term, (column, phi) => column === topic && words.push({ term, phi }));
  }
  return words;
}

/** The `n` most relevant words of a topic: λ ln φ + (1 − λ) ln(φ / p). */
export function relevantWords(
  words: { term: number; phi: number }[],
  shares: ArrayLike<number>,
  lambda: number,
  n: number,
): RelevantWord[] {
  const scored = words.map(({ term, phi }) => {
    const lift = shares[term] > 0 ? Math.log(phi / shares[term]) : 0;
    const relevance = lambda * Math.log(phi) + (1 - lambda) * lift;
    return { term, relevance, probability: phi, order: rounded(relevance) };
  });
  scored.sort((a, b) => b.order - a.order || a.term - b.term);
  return scored.slice(0, n);
}
