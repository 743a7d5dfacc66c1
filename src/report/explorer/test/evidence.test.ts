import { describe, expect, it } from "vitest";
import { SparseRows } from "../src/blocks";
import { partsOfTerms, strongest, topicRow, weightOfOne } from "../src/evidence";

// Three terms, two topics: the first term is of the first topic alone, the second of both, the third of none.
const terms = new SparseRows([0, 1, 3, 3], [0, 0, 1], [0.75, 0.25, 1]);
const weights = { terms, occurrences: [1, 2, 1], tf: "counts", smoothing: null, nTopics: 2 };
const pieces = (list: number[]) => list.map((term) => ({ text: "x", term }));

describe("evidence", () => {
  it("sums to the weights of the document", () => {
    const document = Float64Array.from([3, 5]);
    const text = { pieces: pieces([0, 1, -1, 1, 2]), spans: [{ start: 0, length: 1, term: 0 }] };
    for (const tf of ["counts", "log", "sqrt", "binary"]) {
      const parts = partsOfTerms(text, document, { ...weights, tf });
      const sum = (topic: number) => 2 * parts.get(0)![topic] + 2 * parts.get(1)![topic] + parts.get(2)![topic];
      expect(sum(0)).toBeCloseTo(3, 12);
      expect(sum(1)).toBeCloseTo(5, 12);
      expect(parts.get(0)![1]).toBe(0);
    }
  });

  it("is nothing for a topic that the document has not", () => {
    const parts = partsOfTerms({ pieces: pieces([1]), spans: [] }, Float64Array.from([0, 2]), weights);
    expect(Array.from(parts.get(1)!)).toEqual([0, 2]);
    expect(strongest(parts.get(1)!)).toEqual({ topic: 1, share: 1 });
    expect(strongest(Float64Array.from([0, 0]))).toBeUndefined();
  });

  it("smooths as topics were sharpened, but for terms that no topic has", () => {
    const smoothed = { ...weights, smoothing: [0.3, 0.6] };
    const row = topicRow(smoothed, 0);
    expect(row[0]).toBeCloseTo(0.7 * 0.75 + 0.1, 12);
    expect(row[1]).toBeCloseTo(0.2, 12);
    expect(Array.from(topicRow(smoothed, 2))).toEqual([0, 0]);
  });

  it("weighs an occurrence by the count of its term", () => {
    expect(weightOfOne(4, "raw")).toBe(1);
    expect(weightOfOne(4, "sqrt")).toBe(0.5);
    expect(weightOfOne(4, "binary")).toBe(0.25);
    expect(weightOfOne(1, "log")).toBe(1);
  });
});
