import { describe, expect, it } from "vitest";
import { chance, count, cut, decimal, percent, plural } from "../src/format";
import { address, placeOf } from "../src/link";
import { command } from "../src/views/made";

describe("numbers and texts", () => {
  it("are written as people read them", () => {
    expect(count(1234567)).toBe("1,234,567");
    expect([plural(1, "topic"), plural(2000, "topic")]).toEqual(["1 topic", "2,000 topics"]);
    expect([percent(0.1234), percent(null), percent(NaN)]).toEqual(["12.3 %", "–", "–"]);
    expect([decimal(0.5), decimal(undefined)]).toEqual(["0.500", "–"]);
    expect([chance(0.001), chance(0.00143), chance(0.04)]).toEqual(["p ≤ .001", "p = .0014", "p = .040"]);
    expect([cut("abc", 3), cut("abcd ef", 6)]).toEqual(["abc", "abcd…"]);
  });

  it("are safe in addresses and commands", () => {
    const hash = address("documents", { q: "a&b=#c", topic: 3, label: undefined });
    const { view, parameters } = placeOf(hash);
    expect([view, parameters.get("q"), parameters.get("topic")]).toEqual(["documents", "a&b=#c", "3"]);
    expect(placeOf("").view).toBe("overview");
    expect(command(["/usr/bin/topicmill", "fit", "my texts", "it's"])).toBe("topicmill fit 'my texts' 'it'\\''s'");
  });
});
