// What the page is told of a model, in the shapes of the program's JSON (docs/formats.md).

export interface Word {
  term: string;
  form: string;
  probability: number;
  score: number;
}

export interface Verdict {
  kind: string;
  text: string;
}

export interface Topic {
  id: number;
  name: string;
  share: number;
  verdicts: Verdict[];
  words: Word[];
}

// A node of a hierarchy of topics; a topic has no children.
export interface TreeNode {
  id: number;
  name: string;
  share: number;
  words: string[];
  children: TreeNode[];
}

export interface TopicOfGroup {
  topic: number;
  share: number | null;
  low: number | null;
  high: number | null;
}

export interface Group {
  group: string;
  first: string | null;
  last: string | null;
  documents: number;
  topics: TopicOfGroup[];
}

export interface Test {
  p: number;
  adjusted: number;
}

export interface Change {
  topic: number;
  name: string;
  difference: Test | null;
  trend: (Test & { slope: number }) | null;
}

export interface Groups {
  column: string;
  by: string | null;
  groups: Group[];
  topics: Change[];
  without_group: number;
  without_topic: number;
}

export interface Cluster {
  topic: number;
  name: string;
  size: number;
  share: number;
  labels: { label: string; count: number }[];
  documents: { id: string; title: string; label: string; share: number }[];
}

export interface Agreement {
  documents: number;
  nmi: number;
  ami: number;
  ari: number;
  homogeneity: number;
  completeness: number;
  purity: number;
  classes: number;
}

export interface TriedNumber {
  n_topics: number;
  likelihood: number;
  stability: number;
  word_stability: number;
  coherence: number | null;
  diversity: number;
  names: string[];
}

export interface Selection {
  n_runs: number;
  numbers: TriedNumber[];
  candidates: { n_topics: number; reasons: string[] }[];
}

export interface EvaluatedTopic {
  topic: number;
  name: string;
  words: string[];
  coherence: Record<string, number | null>;
  diagnostics: Record<string, number>;
}

export interface Facts {
  title: string;
  program: string;
  ranking: string;
  rankings: Record<string, { topics: Topic[] }>;
  terms: [string, string][];
  colours: { light: string[]; dark: string[] };
  evaluation: {
    topics: EvaluatedTopic[];
    coherence: Record<string, number | null>;
    diversity: { distinct_share: number; inverted_rbo: number; mean_jaccard: number };
    exclusivity: number;
    explained: number | null;
    agreement: Agreement | null;
    without_topic: number;
  };
  tree: TreeNode[];
  /** What each number of topics explains, from one on; null unless topics were found one after another. */
  curve: number[] | null;
  /** The best values of each view by topic. */
  values: { topic: number; view: string; values: { value: string; probability: number; score: number }[] }[];
  /** The terms that are values of views, and no words. */
  value_terms: number[];
  /** The documents that topics explain worst, by their places on the page. */
  unexplained: { document: number; explained: number; words: string[] }[];
  clusters: { clusters: Cluster[] };
  similarity: {
    distances: number[][];
    positions: [number, number][];
    shown: number;
    merges: [[number, number], number][];
    order: number[];
  };
  salient: [number, number][];
  dates: { column: string; resolution: string; notes: string[] } | null;
  dates_problem: string | null;
  over_time: Groups | null;
  groups: Groups[];
  selection: Selection | null;
  trace: [number, number][];
  n_documents: number;
  n_shown: number;
  is_text: boolean;
  tf: string;
  smoothing: number[] | null;
  made: Record<string, any>;
  arrays: [string, string, number, number][];
}

export interface Documents {
  ids: string[];
  titles: string[];
  labels: string[] | null;
  columns: [string, string[]][];
}
