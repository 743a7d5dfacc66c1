// Light and dark, and the colours of topics in both.

import type { Facts } from "./facts";

const dark = () => matchMedia("(prefers-color-scheme: dark)");

let chosen: "light" | "dark" | undefined;
let isPrinting = false;

export function isDark(): boolean {
  if (isPrinting) return false;
  return chosen ? chosen === "dark" : dark().matches;
}

/** Changes between light and dark, whatever the system says. */
export function toggleTheme(): void {
  chosen = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = chosen;
}

export function onTheme(changed: () => void): void {
  // Paper is white.
  const print = (is: boolean) => () => {
    const wasDark = isDark();
    isPrinting = is;
    if (wasDark !== isDark()) changed();
  };
  addEventListener("beforeprint", print(true));
  addEventListener("afterprint", print(false));
  dark().addEventListener("change", changed);
}

export function colour(facts: Facts, topic: number): string {
  return facts.colours[isDark() ? "dark" : "light"][topic];
}

/** A colour that lets `strength` (0 to 1) of a topic's colour through. */
export function tint(facts: Facts, topic: number, strength: number): string {
  const alpha = Math.round(255 * Math.min(1, Math.max(0, strength)));
  return colour(facts, topic) + alpha.toString(16).padStart(2, "0");
}
