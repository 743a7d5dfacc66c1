// Builds the page's program and style into one file each, and writes their digests. `--verify` builds them again and
// fails if what stands here is something else.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));

/** The sources of the page, by path, in order: everything that a build depends on. */
function sources() {
  const files = readdirSync(join(here, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(here.length).replaceAll("\\", "/"));
  return [...files, "build.mjs", "package-lock.json", "package.json", "tsconfig.json"].sort();
}

/** FNV-1a of all sources, each with its path: a test of the program that needs no Node computes it again. */
function fingerprint() {
  let hash = 0xcbf29ce484222325n;
  for (const path of sources()) {
    for (const byte of Buffer.concat([Buffer.from(path), readFileSync(join(here, path))])) {
      hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
    }
  }
  return hash.toString(16).padStart(16, "0");
}

const options = { bundle: true, minify: true, write: false, legalComments: "inline", charset: "utf8", absWorkingDir: here };
const script = await build({ ...options, entryPoints: ["src/main.ts"], format: "iife", target: "es2022" });
const style = await build({ ...options, entryPoints: ["src/style.css"], target: "es2022" });
const text = (result) => result.outputFiles[0].text.trim();
const [js, css] = [text(script), text(style)];
// An end tag within a script or style would end it.
for (const part of [js, css]) if (/<\/(script|style)|<!--/i.test(part)) throw new Error("the bundle has an end tag in it");
const digest = (content) => "sha256-" + createHash("sha256").update(content).digest("base64");
const files = {
  "explorer.js": js,
  "explorer.css": css,
  "digests.txt": [digest(js), digest(css), fingerprint()].join("\n") + "\n",
};
for (const [name, content] of Object.entries(files)) {
  const path = join(here, name);
  if (!process.argv.includes("--verify")) writeFileSync(path, content);
  else if (readFileSync(path, "utf8") !== content) throw new Error(`${name} is not what the sources build: npm run build`);
}
console.log(`explorer.js ${js.length} bytes, explorer.css ${css.length} bytes`);
