// Opens reports in a browser: every view on wide and narrow screens, in light and in dark, with the figures of the
// program, and with documents that try to do harm. Usage: node browser/test.mjs PROGRAM SHARED? SCREENSHOTS?
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { browserPath, launch, open, violations } from "./browser.mjs";

const [program = "target/release/topicmill", shared = "", screenshots = ""] = process.argv.slice(2);
const project = resolve(fileURLToPath(new URL("../../../..", import.meta.url)));
const place = mkdtempSync(join(tmpdir(), "topicmill-browser-"));
const at = (name) => join(place, name);
const topicmill = (...words) =>
  execFileSync(resolve(program), words, { cwd: place, encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "pipe"] });
const json = (...words) => JSON.parse(topicmill(...words));

const VIEWS = {
  overview: "Overview",
  map: "Map",
  "map?topic=1": "Map",
  terms: "Terms",
  "topic/1": "1 ",
  documents: "Documents",
  "documents?topic=1": "Documents",
  "document/3": "",
  labels: "Labels",
  time: "Over time",
  groups: "By group",
  similarity: "Similarity",
  number: "Number of topics",
  convergence: "Convergence",
  made: "How it was made",
};
const SCREENS = [
  { width: 1280, height: 900, dark: false },
  { width: 1280, height: 900, dark: true },
  { width: 390, height: 800, dark: false },
  { width: 390, height: 800, dark: true },
];

async function go(page, hash) {
  await page.evaluate((to) => (location.hash = to), hash);
  await page.waitForFunction((to) => location.hash === `#${to}` || to === "", hash);
  await page.waitForTimeout(120);
}

/** Clicks through every view on every screen. */
async function everyView(browser, name, file) {
  for (const screen of SCREENS) {
    const { page, problems, close } = await open(browser, file, screen);
    for (const [hash, heading] of Object.entries(VIEWS)) {
      await go(page, hash);
      const found = await page.textContent("main h2");
      assert.ok(found.startsWith(heading), `${name} ${hash}: the heading is ${found}`);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${name} ${hash} at ${screen.width}: ${overflow} pixels stand out`);
      assert.deepEqual(await violations(page), [], `${name} ${hash} at ${screen.width}`);
      if (screenshots) {
        mkdirSync(screenshots, { recursive: true });
        const shade = screen.dark ? "dark" : "light";
        await page.screenshot({ path: join(screenshots, `${name}-${hash.replace(/\W/g, "_")}-${screen.width}-${shade}.png`) });
      }
    }
    assert.deepEqual(problems, [], name);
    await close();
  }
  console.log(`${name}: ${Object.keys(VIEWS).length} views on ${SCREENS.length} screens, ${(statSync(file).size / 1e6).toFixed(1)} MB`);
}

/** The figures of the page are those of the program. */
async function figures(browser, model, file) {
  const { page, problems, close } = await open(browser, file);
  const facts = await page.evaluate(() => topicmill.facts);
  for (const ranking of ["correlation", "probability", "relevance", "frex", "lift"]) {
    assert.deepEqual(facts.rankings[ranking], json("topics", model, "-n", "30", "--rank", ranking, "--format", "json"));
  }
  const clusters = json("clusters", model, "--top-documents", "12", "--format", "json");
  assert.deepEqual(facts.clusters, clusters);
  const measured = { ...json("evaluate", model, "--output-format", "json") };
  assert.deepEqual(facts.evaluation.agreement, measured.agreement);
  assert.deepEqual(facts.evaluation.diversity, measured.diversity);
  if (facts.over_time) assert.deepEqual(facts.over_time, json("over-time", model, "--format", "json"));
  for (const group of facts.groups.slice(0, 2)) {
    assert.deepEqual(group, json("by-group", model, "--column", group.column, "--format", "json"));
  }
  // What the page calculates itself.
  for (const lambda of ["0.00", "0.37", "1.00"]) {
    await go(page, "map?topic=1");
    await page.fill("#lambda", lambda);
    assert.equal(await page.textContent("output"), lambda);
    const shown = await page.$$eval(".bars button.word", (words) => words.map((word) => word.textContent));
    const told = json("topics", model, "-n", "30", "--lambda", lambda, "--format", "json").topics[1].words;
    assert.deepEqual(shown, told.map((word) => word.form), `relevance with ${lambda}`);
  }
  for (const document of [0, 3, 11]) {
    const { id, found } = await page.evaluate(async (document) => {
      const text = await topicmill.text(document);
      const parts = topicmill.parts(document, text);
      const words = text.pieces.filter((piece) => piece.term >= 0).map((piece) => [piece.text, Array.from(parts.get(piece.term))]);
      return { id: topicmill.documents.ids[document], found: { text: text.pieces.map((piece) => piece.text).join(""), words } };
    }, document);
    const told = json("explain", model, "--id", id, "--output-format", "json");
    assert.equal(found.text, told.text);
    const bytes = Buffer.from(told.text);
    assert.deepEqual(found.words.map(([word]) => word), told.words.map((word) => bytes.subarray(word.start, word.end).toString()));
    const total = told.topics.reduce((sum, topic) => sum + topic.weight, 0);
    told.words.forEach((word, i) => {
      for (const [topic, part] of Object.entries(word.parts)) {
        assert.ok(Math.abs(part - found.words[i][1][Number(topic)]) < 1e-5 * total, `${id}: ${JSON.stringify(word)}`);
      }
    });
  }
  assert.deepEqual(problems, []);
  await close();
  console.log("the figures of the page are those of the program");
}

/** Search, filters, order, pages, the document view and the keyboard. */
async function interaction(browser, file) {
  const { page, problems, close } = await open(browser, file);
  await go(page, "documents");
  const found = async () => Number((await page.textContent("#found")).replace(/\D/g, ""));
  assert.equal(await found(), 138);
  await page.fill("#search", "orchestra");
  await page.waitForFunction(() => Number(document.querySelector("#found").textContent.replace(/\D/g, "")) < 138);
  const searched = await found();
  assert.ok(searched > 0 && searched < 60, `${searched} documents have the word`);
  assert.equal(await page.evaluate(() => location.hash), "#documents?q=orchestra&order=read");
  await page.selectOption("form select >> nth=1", "economy");
  await page.waitForTimeout(100);
  assert.ok((await found()) < searched);
  await page.click(".views a >> text=Documents");
  await go(page, "documents?label=health&order=title");
  const titles = await page.$$eval(".found td:first-child", (cells) => cells.map((cell) => cell.textContent));
  assert.deepEqual(titles, [...titles].sort((a, b) => a.localeCompare(b, "en")));
  await page.click(".found td a");
  await page.waitForSelector(".text mark");
  const all = await page.$$eval(".text mark", (marks) => marks.length);
  await page.click("button.topic");
  await page.waitForTimeout(100);
  assert.equal(await page.getAttribute("button.topic", "aria-pressed"), "true");
  assert.ok((await page.$$eval(".text mark", (marks) => marks.length)) <= all);
  await go(page, "overview");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.click("text=light / dark");
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.isVisible("nav.views"), false);
  assert.deepEqual(problems, []);
  await close();
  console.log("search, filters, order, document view, keyboard, print");
}

/** Documents that try to do harm are shown as they are. */
async function hostile(browser) {
  const tags = `<script>alert(1)</script><img src=x onerror=alert(2)><style>*{display:none}</style></script></style>--><!--`;
  const texts = [
    `${tags} harbour ship sailors &lt;b&gt; &amp; &#x3c;script&#x3e;`,
    `\u202eharbour ship sailors\u202c \u0661\u0662\u0663 עברית العربية harbour`,
    `👩‍👩‍👧‍👦 🏳️‍🌈 harbour ship sailors é́́ \u0000 \ufeff`,
    "kitchen bread butter ${alert(3)} {{constructor.constructor('alert(4)')()}} javascript:alert(5)",
    `kitchen bread butter ${"w".repeat(1 << 20)} end`,
    `kitchen bread butter "quoted" 'quoted' \`quoted\``,
  ];
  const rows = texts.map((text, i) => ({
    id: `"><script>alert(${i})</script>'${i}`,
    text,
    title: `</title>${tags}`,
    label: i < 3 ? `"><img src=x onerror=alert(6)>` : `</td><script>alert(7)</script>`,
    date: `200${i}-01-01`,
    [`</th>${tags}`]: i % 2 ? "a<b" : "c&d",
    "": i % 2 ? "x" : "y",
  }));
  writeFileSync(at(`hostile '"&.jsonl`), rows.map((row) => JSON.stringify(row)).join("\n"));
  topicmill("fit", `hostile '"&.jsonl`, "-k", "2", "--min-df", "1", "--keep-texts", "--language", "none", "-o", "hostile", "-q");
  topicmill("rename", "hostile", writeNames(), "-q");
  topicmill("report", "hostile", "-o", "hostile.html", "-q");
  const { page, problems, close } = await open(browser, at("hostile.html"));
  for (const hash of [...Object.keys(VIEWS), "groups/1", "groups/2", "groups/77"]) {
    await go(page, hash);
    assert.deepEqual(await violations(page), [], `hostile ${hash}`);
  }
  for (const [i, text] of texts.entries()) {
    await go(page, `document/${i}`);
    await page.waitForFunction(() => document.querySelector(".text")?.textContent !== "reading …");
    const all = await page.$("text=show the whole text");
    if (all) await all.click();
    await page.waitForTimeout(100);
    const shown = await page.evaluate(() => document.querySelector(".text").textContent);
    const told = json("explain", "hostile", "--id", rows[i].id, "--output-format", "json").text;
    assert.equal(shown, told, `document ${i}`);
    assert.equal(told, text.replaceAll("\u0000", told.includes("\u0000") ? "\u0000" : "\ufffd"));
    assert.equal(await page.textContent("td:text-is('id') + td"), rows[i].id);
  }
  const made = await page.evaluate(() => document.querySelectorAll("#app script, #app img, #app style, #app iframe").length);
  assert.equal(made, 0, "documents became elements");
  assert.deepEqual(problems, []);
  await close();
  console.log("hostile documents are inert and shown as they are");
}

function writeNames() {
  writeFileSync(at("names.json"), JSON.stringify({ 0: `</script><script>alert(8)</script>`, 1: `<b>"&'` }));
  return "names.json";
}

/** A page without dates, labels, texts or a choice of k says what is missing and how to have it. */
async function bare(browser) {
  const entries = Array.from({ length: 12 }, (_, i) => `${(i % 4) + (i < 6 ? 1 : 5)} ${i + 1} ${(i % 3) + 1}`);
  writeFileSync(at("bare.mtx"), `%%MatrixMarket matrix coordinate integer general\n8 12 12\n${entries.join("\n")}\n`);
  topicmill("fit", "bare.mtx", "-k", "2", "-o", "bare", "-q");
  topicmill("report", "bare", "-o", "bare.html", "-q");
  const { page, problems, close } = await open(browser, at("bare.html"));
  for (const [hash, words] of Object.entries({
    documents: "fitted to a matrix",
    labels: "--label-column",
    time: "--date-column",
    groups: "No column",
    number: "topicmill select",
    "document/1": "fitted to a matrix",
    "document/99999": "There is no such document",
    "topic/77": "There is no such topic",
    nowhere: "Overview",
  })) {
    await go(page, hash);
    assert.ok((await page.textContent("main")).includes(words), `${hash}: ${words}`);
  }
  assert.deepEqual(problems, []);
  await close();
  console.log("a bare model says what is missing");
}

/** An accident that must be noticed: what the other tests count is not always zero. */
async function noticed(browser) {
  writeFileSync(at("bad.html"), `<!doctype html><html><title>t</title><div id=app data-ready><img src="http://localhost:9/x.png"></div><script>console.error("x")</script>`);
  const { page, problems, close } = await open(browser, at("bad.html"));
  await page.waitForTimeout(200);
  assert.ok(problems.some((problem) => problem.startsWith("request")) && problems.some((problem) => problem.startsWith("console")));
  assert.ok((await violations(page)).length > 0);
  await close();
}

if (!browserPath()) {
  console.log("skipped: there is no Chromium on this machine");
  process.exit(0);
}
const browser = await launch();
try {
  await noticed(browser);
  topicmill("fit", join(project, "corpora/newsroom"), "-k", "6", "--keep-texts", "-o", "newsroom", "-q");
  topicmill("report", "newsroom", "-o", "newsroom.html", "-q");
  await everyView(browser, "newsroom", at("newsroom.html"));
  await figures(browser, "newsroom", at("newsroom.html"));
  await interaction(browser, at("newsroom.html"));
  await hostile(browser);
  await bare(browser);
  const corpora = shared && join(shared, "corpora");
  if (corpora && existsSync(corpora)) {
    const speeches = join(corpora, "state-of-the-union.csv");
    topicmill("select", speeches, "-k", "4,8,12", "-o", "numbers", "-q");
    topicmill("fit", speeches, "-k", "12", "--ngrams", "1,2", "--keep-texts", "-o", "speeches", "-q");
    topicmill("report", "speeches", "--selection", "numbers", "-o", "speeches.html", "-q");
    await everyView(browser, "speeches", at("speeches.html"));
    topicmill("fit", join(corpora, "20newsgroups"), "--strip", "email", "-k", "20", "-o", "newsgroups", "-q", "--report", "newsgroups.html");
    await everyView(browser, "newsgroups", at("newsgroups.html"));
    assert.ok(statSync(at("newsgroups.html")).size <= 15e6, "the report of 20 Newsgroups is larger than 15 MB");
  } else console.log("skipped: shared corpora are absent");
  const pageBytes = ["explorer.js", "explorer.css"].map((name) => statSync(join(dirname(fileURLToPath(import.meta.url)), "..", name)).size);
  assert.ok(pageBytes[0] + pageBytes[1] <= 400_000, "the page is larger than 400 kB without data");
} finally {
  await browser.close();
  rmSync(place, { recursive: true, force: true });
}
