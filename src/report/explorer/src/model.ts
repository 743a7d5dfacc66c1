// The model as the views see it: facts, documents and numbers, and texts once somebody wants them.

import { Arrays, block, json, type SparseRows } from "./blocks";
import { type Parts, partsOfTerms, type Weights } from "./evidence";
import type { Cluster, Documents, Facts, Topic } from "./facts";
import { termShares, wordsOfTopic } from "./relevance";
import { type Dictionary, hasAll, type PackedText, piecesWith, spelled, type Text, unpack, wordsOf } from "./texts";

const NO_DATE = -2147483648;
const DAY = 86_400_000;

export class Model {
  readonly nTopics: number;
  readonly topics: Topic[];
  readonly masses: Float64Array;
  readonly terms: SparseRows;
  readonly shares: SparseRows;
  readonly clusters: Int32Array;
  readonly tokens: Int32Array;
  readonly dates: Int32Array;
  readonly termShares: Float64Array;
  readonly weights: Weights;
  /** The place of each document on the page by its id. */
  readonly places: Map<string, number>;
  readonly numberOfTerm: Map<string, number>;
  readonly termCounts: Float64Array;
  private readonly valueTerms: Set<number>;
  private readonly wordsOfTopics = new Map<number, { term: number; phi: number }[]>();
  private readonly starts: Int32Array;
  private readonly blocks = new Map<number, Promise<(PackedText | null)[]>>();
  private pieces?: Promise<Dictionary>;
  private lowerPieces?: string[];

  constructor(
    readonly facts: Facts,
    readonly documents: Documents,
    private readonly arrays: Arrays,
  ) {
    this.topics = facts.rankings[facts.ranking].topics;
    this.nTopics = this.topics.length;
    this.masses = arrays.get("masses");
    this.terms = arrays.sparse("terms");
    this.shares = arrays.sparse("shares");
    this.clusters = arrays.get("clusters");
    this.tokens = arrays.get("tokens");
    this.dates = arrays.get("dates");
    this.starts = arrays.get("text_blocks");
    this.valueTerms = new Set(facts.value_terms);
    this.termShares = termShares(this.terms, this.masses);
    this.termCounts = arrays.get("term_counts");
    this.places = new Map(documents.ids.map((id, place) => [id, place]));
    this.numberOfTerm = new Map(facts.terms.map(([term], number) => [term, number]));
    this.weights = {
      terms: this.terms,
      occurrences: arrays.get("occurrence_weights"),
      tf: facts.tf,
      smoothing: facts.smoothing,
      nTopics: this.nTopics,
    };
  }

  static async load(): Promise<Model> {
    const facts = await json<Facts>("facts");
    const documents = await json<Documents>("documents");
    const bytes = await block("arrays");
    if (!facts || !documents || !bytes) throw new Error("the page has lost its data: write it again with topicmill report");
    return new Model(facts, documents, new Arrays(bytes, facts.arrays));
  }

  get hasTexts(): boolean {
    return this.starts.length > 1;
  }

  cluster(topic: number): Cluster {
    return this.facts.clusters.clusters[topic];
  }

  /** The form of a term that people see. */
  form(term: number): string {
    return this.facts.terms[term][1];
  }

  /** The terms of a topic with p(term | topic). */
  wordsOf(topic: number): { term: number; phi: number }[] {
    let words = this.wordsOfTopics.get(topic);
    if (!words) this.wordsOfTopics.set(topic, (words = wordsOfTopic(this.terms, topic).filter(({ term }) => !this.valueTerms.has(term))));
    return words;
  }

  /** p(topic | document), all topics; zeros for a document without terms. */
  sharesOf(document: number): Float64Array {
    const row = this.shares.dense(document, this.nTopics);
    const total = row.reduce((sum, weight) => sum + weight, 0);
    return total > 0 ? row.map((weight) => weight / total) : row;
  }

  /** p(topic | document) of one topic. */
  shareOf(document: number, topic: number): number {
    let total = 0;
    let weight = 0;
    this.shares.each(document, (column, value) => {
      total += value;
      if (column === topic) weight = value;
    });
    return total > 0 ? weight / total : 0;
  }

  title(document: number): string {
    return this.documents.titles[document] || this.documents.ids[document];
  }

  /** The date of a document in days since 1970; undefined if it has none. */
  day(document: number): number | undefined {
    const day = this.dates[document];
    return day === NO_DATE ? undefined : day;
  }

  /** The date of a document as it is known; empty if it has none. */
  date(document: number): string {
    const day = this.day(document);
    if (day === undefined) return "";
    const iso = new Date(day * DAY).toISOString().slice(0, 10);
    const lengths: Record<string, number> = { year: 4, month: 7, day: 10 };
    return iso.slice(0, lengths[this.facts.dates?.resolution ?? "day"]);
  }

  /** Topics by how near they are to one. */
  related(topic: number): { topic: number; distance: number }[] {
    const row = this.facts.similarity.distances[topic];
    const others = row.map((distance, other) => ({ topic: other, distance })).filter((other) => other.topic !== topic);
    return others.sort((a, b) => a.distance - b.distance);
  }

  private dictionary(): Promise<Dictionary> {
    this.pieces ??= json<string[]>("pieces").then((pieces) => ({
      pieces: pieces ?? [],
      terms: this.arrays.get("piece_terms"),
      words: this.arrays.get("piece_words"),
    }));
    return this.pieces;
  }

  private textsOf(number: number): Promise<(PackedText | null)[]> {
    let texts = this.blocks.get(number);
    if (!texts) {
      const n = this.starts[number + 1] - this.starts[number];
      texts = block(`texts-${number}`).then((bytes) => (bytes ? unpack(bytes, n) : []));
      this.blocks.set(number, texts);
    }
    return texts;
  }

  /** The text of a document; null if it is not on the page. */
  async text(document: number): Promise<Text | null> {
    if (!this.hasTexts) return null;
    let number = 0;
    while (this.starts[number + 1] <= document) number++;
    const packed = (await this.textsOf(number))[document - this.starts[number]];
    return packed ? spelled(packed, await this.dictionary()) : null;
  }

  /** What each term of a document says for its topics, for one occurrence. */
  parts(document: number, text: Text): Map<number, Parts> {
    return partsOfTerms(text, this.shares.dense(document, this.nTopics), this.weights);
  }

  /** The documents whose texts have all words of a query; those found so far once the search is stale. */
  async search(query: string, isStale: () => boolean): Promise<Set<number>> {
    const words = wordsOf(query);
    const found = new Set<number>();
    if (words.length === 0) return found;
    const { pieces } = await this.dictionary();
    this.lowerPieces ??= pieces.map((piece) => piece.toLowerCase());
    const sets = piecesWith(words, this.lowerPieces);
    if (sets.some((set) => set.size === 0)) return found;
    for (let number = 0; number + 1 < this.starts.length; number++) {
      // What has been typed meanwhile is let through.
      if (number % 8 === 7) await new Promise((go) => setTimeout(go));
      if (isStale()) return found;
      (await this.textsOf(number)).forEach((text, i) => text && hasAll(text, sets) && found.add(this.starts[number] + i));
    }
    return found;
  }
}
