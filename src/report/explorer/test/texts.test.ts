import { describe, expect, it } from "vitest";
import { hasAll, piecesWith, spelled, unpack, wordsOf } from "../src/texts";

const dictionary = {
  pieces: ["the", "Sea", ". ", "ship", "", "日本"],
  terms: [-1, 7, -1, 3, -1, 4],
  words: [1, 1, 0, 1, 0, 1],
};

const text = (pieces: number[]) => ({ pieces: Uint32Array.from(pieces), spans: Uint32Array.from([2, 8, 9]) });

const joined = (pieces: number[]) =>
  spelled(text(pieces), dictionary)
    .pieces.map((piece) => piece.text)
    .join("");

describe("texts", () => {
  it("have a space between words, and what is written elsewhere", () => {
    expect(joined([0, 1, 2, 0, 3])).toBe("the Sea. the ship");
    expect(joined([5, 4, 5])).toBe("日本日本");
    expect(joined([])).toBe("");
    expect(spelled(text([1]), dictionary)).toEqual({
      pieces: [{ text: "Sea", term: 7 }],
      spans: [{ start: 2, length: 8, term: 9 }],
    });
  });

  it("are unpacked from numbers of one to five bytes", () => {
    const numbers = [5, 127, 0x80, 0x90, 0xbf, 0xff, 0xc0, 0x40, 0x00, 0xfe, 0xff, 0xff, 0xff, 0x00, 0x3f, 0x00, 0x00];
    const bytes = Uint8Array.from([0, 0, numbers.length + 1, 1, 1, 0, ...numbers, 2, 8, 9]);
    const [none, some, empty] = unpack(bytes, 3);
    expect(none).toBeNull();
    expect(Array.from(some!.pieces)).toEqual([5, 127, 0x90, 0x3fff, 0x4000, 0x3effff, 0x3f0000]);
    expect(Array.from(some!.spans)).toEqual([2, 8, 9]);
    expect(empty!.pieces.length).toBe(0);
  });

  it("are searched by words, whatever their case", () => {
    const lower = dictionary.pieces.map((piece) => piece.toLowerCase());
    expect(wordsOf("Don't  SHIP!")).toEqual(["don", "t", "ship"]);
    const sets = piecesWith(["sea", "shi"], lower);
    expect(hasAll(text([0, 1, 2, 3]), sets)).toBe(true);
    expect(hasAll(text([0, 1]), sets)).toBe(false);
    expect(hasAll(text([0, 3]), piecesWith(["boat"], lower))).toBe(false);
  });
});
