// Numbers and texts as people read them.

const whole = new Intl.NumberFormat("en");

export const count = (n: number): string => whole.format(n);

export const plural = (n: number, noun: string): string => `${count(n)} ${noun}${n === 1 ? "" : "s"}`;

export const percent = (share: number | null | undefined, digits = 1): string =>
  share == null || Number.isNaN(share) ? "–" : `${(100 * share).toFixed(digits)} %`;

export const decimal = (value: number | null | undefined, digits = 3): string =>
  value == null || Number.isNaN(value) ? "–" : value.toFixed(digits);

/** A chance as people write it; permutations cannot show less than one in a thousand. */
export const chance = (p: number): string => (p <= 0.001 ? "p ≤ .001" : `p = ${p.toFixed(p < 0.01 ? 4 : 3).replace(/^0/, "")}`);

/** A text cut to a length, with an ellipsis. */
export const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1).trimEnd()}…`;
