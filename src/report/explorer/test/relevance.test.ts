import { describe, expect, it } from "vitest";
import { SparseRows } from "../src/blocks";
import { relevantWords, rounded, termShares, wordsOfTopic } from "../src/relevance";

const terms = new SparseRows([0, 2, 3, 4], [0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5]);
const shares = termShares(terms, [3, 1]);

describe("relevance", () => {
  it("takes shares of the corpus by the masses of topics", () => {
    expect(Array.from(shares)).toEqual([0.5, 0.375, 0.125]);
  });

  it("ranks by probability for λ = 1 and by lift for λ = 0", () => {
    const words = wordsOfTopic(terms, 0);
    expect(relevantWords(words, shares, 1, 5).map((word) => word.term)).toEqual([0, 1]);
    const lift = relevantWords(words, shares, 0, 5);
    expect(lift.map((word) => word.term)).toEqual([1, 0]);
    expect(lift[0].relevance).toBeCloseTo(Math.log(0.5 / 0.375), 12);
  });

  it("takes scores that agree to sixteen bits for ties", () => {
    expect(rounded(1 + 1e-9)).toBe(1);
    expect(rounded(-1 - 1e-9)).toBe(-1);
    expect(rounded(1 + 1e-4)).not.toBe(1);
    expect(rounded(0)).toBe(0);
  });
});
