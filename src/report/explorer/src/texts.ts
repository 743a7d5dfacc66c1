// Puts texts together again from their pieces (texts.rs says how they are packed).

/** A piece of a text. */
export interface Piece {
  text: string;
  /** The term that it is an occurrence of, or −1. */
  term: number;
}

/** An occurrence of a term that overlaps pieces. */
export interface Span {
  start: number;
  length: number;
  term: number;
}

export interface Text {
  pieces: Piece[];
  spans: Span[];
}

/** The distinct pieces of all texts. */
export interface Dictionary {
  pieces: string[];
  terms: ArrayLike<number>;
  /** Whether each piece is a word: two words without a piece between them have a space there. */
  words: ArrayLike<number>;
}

/** A text whose pieces are still numbers; of each span start, length and term. */
export interface PackedText {
  pieces: Uint32Array;
  spans: Uint32Array;
}

/** Reads numbers of one, two, three or five bytes. */
class Reader {
  constructor(
    private readonly bytes: Uint8Array,
    public at = 0,
  ) {}

  next(): number {
    const { bytes } = this;
    const first = bytes[this.at++];
    if (first < 0x80) return first;
    if (first < 0xc0) return ((first & 0x3f) << 8) | bytes[this.at++];
    if (first < 0xff) return ((first & 0x3f) << 16) | (bytes[this.at++] << 8) | bytes[this.at++];
    let number = 0;
    for (let i = 0; i < 4; i++) number = number * 256 + bytes[this.at++];
    return number;
  }
}

/** The texts of a block of `n` documents; null for one without a text. */
export function unpack(bytes: Uint8Array, n: number): (PackedText | null)[] {
  const head = new Reader(bytes);
  const lengths = Array.from({ length: n }, () => [head.next(), head.next()]);
  const body = new Reader(bytes, head.at);
  const numbers: (Uint32Array | null)[] = lengths.map(([length]) => {
    if (length === 0) return null;
    const end = body.at + length - 1;
    const pieces: number[] = [];
    while (body.at < end) pieces.push(body.next());
    return Uint32Array.from(pieces);
  });
  return numbers.map((pieces, i) => {
    const spans = Uint32Array.from({ length: 3 * lengths[i][1] }, () => body.next());
    return pieces && { pieces, spans };
  });
}

/** A text with its pieces, the spaces between words among them. */
export function spelled(packed: PackedText, dictionary: Dictionary): Text {
  const pieces: Piece[] = [];
  let isAfterWord = false;
  for (const number of packed.pieces) {
    const isWord = dictionary.words[number] === 1;
    if (isWord && isAfterWord) pieces.push({ text: " ", term: -1 });
    pieces.push({ text: dictionary.pieces[number], term: dictionary.terms[number] });
    isAfterWord = isWord;
  }
  const spans: Span[] = [];
  for (let i = 0; i < packed.spans.length; i += 3) {
    const [start, length, term] = packed.spans.subarray(i, i + 3);
    spans.push({ start, length, term });
  }
  return { pieces, spans };
}

/** The words of a query, cut as texts are cut into pieces. */
export function wordsOf(query: string): string[] {
  return query
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
}

/** The numbers of the pieces, given in lower case, that contain each of these words. */
export function piecesWith(words: string[], pieces: string[]): Set<number>[] {
  const found = words.map(() => new Set<number>());
  pieces.forEach((piece, number) => words.forEach((word, i) => piece.includes(word) && found[i].add(number)));
  return found;
}

/** Whether a text has a piece of each set. */
export function hasAll(packed: PackedText, sets: Set<number>[]): boolean {
  return sets.every((set) => packed.pieces.some((piece) => set.has(piece)));
}
