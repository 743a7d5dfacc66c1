// The page: it reads its data, and shows the view that its address names.

import { h, replace } from "./dom";
import { address, placeOf } from "./link";
import { Model } from "./model";
import { onTheme, toggleTheme } from "./theme";
import { documentView } from "./views/document";
import { documentsView } from "./views/documents";
import { groupView, timeView } from "./views/groups";
import { labelsView } from "./views/labels";
import { convergenceView, madeView } from "./views/made";
import { mapView } from "./views/map";
import { matrixView } from "./views/matrix";
import { overview } from "./views/overview";
import { selectionView } from "./views/selection";
import { similarityView } from "./views/similarity";
import { topicView } from "./views/topic";

const VIEWS: [string, string][] = [
  ["overview", "Overview"],
  ["map", "Map"],
  ["terms", "Terms"],
  ["topic/0", "Topics"],
  ["documents", "Documents"],
  ["labels", "Labels"],
  ["time", "Over time"],
  ["groups", "By group"],
  ["similarity", "Similarity"],
  ["number", "Number of topics"],
  ["convergence", "Convergence"],
  ["made", "How it was made"],
];

function view(model: Model): HTMLElement {
  const { view: name, parameters } = placeOf(location.hash);
  const [first, rest] = name.split("/");
  switch (first) {
    case "map":
      return mapView(model, parameters);
    case "terms":
      return matrixView(model);
    case "topic":
      return topicView(model, Number(rest));
    case "documents":
      return documentsView(model, parameters);
    case "document":
      return documentView(model, Number(rest));
    case "labels":
      return labelsView(model);
    case "time":
      return timeView(model);
    case "groups":
      return groupView(model, Number(rest ?? 0));
    case "similarity":
      return similarityView(model);
    case "number":
      return selectionView(model);
    case "convergence":
      return convergenceView(model);
    case "made":
      return madeView(model);
    default:
      return overview(model);
  }
}

async function start(): Promise<void> {
  const app = document.getElementById("app")!;
  replace(app, h("p", { class: "lead" }, "reading …"));
  const model = await Model.load();
  const main = h("main", { id: "view", tabindex: -1 });
  const links = VIEWS.map(([name, title]) => h("a", { href: address(name) }, title));
  const draw = () => {
    const current = placeOf(location.hash).view.split("/")[0].replace(/^document$/, "documents");
    links.forEach((link, i) => {
      const isCurrent = VIEWS[i][0].split("/")[0] === current;
      if (isCurrent) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    });
    replace(main, view(model));
    document.title = `${main.querySelector("h2")?.textContent ?? ""} – ${model.facts.title}`;
  };
  const go = () => {
    draw();
    main.focus({ preventScroll: true });
    scrollTo(0, 0);
  };
  const toggle = () => {
    toggleTheme();
    draw();
  };
  replace(
    app,
    h(
      "header",
      {},
      h("a", { href: "#view", class: "skip", onclick: (event: Event) => (event.preventDefault(), main.focus()) }, "to the content"),
      h("h1", {}, model.facts.title),
      h("button", { type: "button", onclick: toggle }, "light / dark"),
      h("nav", { class: "views", "aria-label": "views" }, links),
    ),
    main,
    h("footer", {}, `${model.facts.program}. This page is one file: it loads nothing and sends nothing.`),
  );
  addEventListener("hashchange", go);
  onTheme(draw);
  draw();
  // For those who calculate on: the console of the browser knows the model by this name.
  Object.assign(globalThis, { topicmill: model });
  performance.mark("interactive");
  app.dataset.ready = "true";
}

start().catch((error: unknown) => {
  const app = document.getElementById("app")!;
  replace(app, h("p", { class: "note" }, `This page cannot be shown: ${error instanceof Error ? error.message : String(error)}`));
  console.error(error);
});
