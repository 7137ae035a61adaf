// The wall: connects to the server, keeps the list of badges, and shows what is around them.

import { Board } from "./board.js";
import { byId, counted, element, setText } from "./dom.js";
import { Detail } from "./dialog.js";
import { Filters } from "./filters.js";
import { Grid } from "./grid.js";
import { PictureLoader } from "./pictures.js";
import { BadgeList } from "./list.js";
import { Stream } from "./stream.js";
import { takeToken } from "./token.js";

const wall = { names: "full", actions: false, token: takeToken() };

const board = new Board();
const detail = new Detail(wall);
const pictures = new PictureLoader();
const grid = new Grid(byId("badges"), pictures, (id) => {
  const badge = list.get(id);
  if (badge) detail.open(badge);
});
const filters = new Filters(() => list.reload());
const list = new BadgeList({
  filters,
  atTop: () => byId("badges").getBoundingClientRect().top > -80,
  settled: () => pictures.settled,
  left: () => grid.left,
  changed: (badges, status) => {
    grid.show(badges, wall.names);
    showEmpty(status);
    byId("loading").hidden = !(status.loading && badges.length);
    showNewer(status.newer);
  },
});

byId("newer").addEventListener("click", () => {
  scrollTo({ top: 0 });
  list.showNewer();
});
addEventListener("scroll", () => list.scrolled(), { passive: true });
addEventListener("resize", () => list.scrolled(), { passive: true });

let state = null;
let problem = "";

new Stream({
  state: (news) => {
    const first = state === null || problem;
    state = news;
    problem = "";
    wall.names = news.names;
    wall.actions = news.actions;
    filters.offer(news);
    board.show(news);
    showProblems(news.problems);
    if (first) list.reload();
    else list.stateChanged(news.counts);
  },
  badges: (news) => {
    list.take(news.badges, news.more);
    for (const badge of news.badges) detail.update(badge);
  },
  outage: (news) => lost(news.message, "No database"),
  lost: () => lost("The wall server does not answer. Reconnecting.", "Reconnecting"),
});

function lost(message, connection) {
  problem = message;
  board.lost(connection);
  showProblems([message]);
  list.refresh();
}

function showProblems(problems) {
  const area = byId("problems");
  const shown = [...area.children].map((child) => child.textContent);
  const texts = problems.map((text) => text.replaceAll("`", ""));
  if (JSON.stringify(shown) === JSON.stringify(texts)) return;
  area.replaceChildren(...problems.map((text) => element("p", {}, ...withCode(text))));
}

/** Parts of a text in backquotes become code. */
function withCode(text) {
  return text.split("`").map((part, index) => (index % 2 ? element("code", {}, part) : part));
}

function showNewer(count) {
  const button = byId("newer");
  button.hidden = !count;
  if (count) setText(button, `↑ ${counted(count, "new badge")}`);
}

function showEmpty({ empty, loading }) {
  const area = byId("empty");
  const show = empty && !loading;
  area.hidden = !show;
  if (!show) return;
  const kind = problem ? "problem" : filters.active ? "filtered" : "none";
  if (area.dataset.kind === kind) return;
  area.dataset.kind = kind;
  area.replaceChildren(...emptyTexts(kind));
}

function emptyTexts(kind) {
  if (kind === "problem") return [element("p", {}, "Badges appear here when the database answers.")];
  if (kind === "filtered") {
    const all = element("button", { type: "button", class: "action" }, "Show all badges");
    all.addEventListener("click", () => filters.clear());
    return [element("h2", {}, "No badge matches"), element("p", {}, "Choose other filters, or"), all];
  }
  const step = (text) => element("li", {}, ...withCode(text));
  return [
    element("h2", {}, "No badges yet"),
    element("p", {}, "They appear here as soon as they are rendered. To make some:"),
    element(
      "ol",
      {},
      step("Start a worker: `make worker`"),
      step("Start the print center: `make iex`"),
      step("Enqueue ten badges there: `BadgeForge.enqueue_batch(10)`"),
    ),
    element("p", {}, ...withCode("Or let `make demo` do all of it.")),
  ];
}

addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, select, textarea, dialog");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    byId("search").focus();
  }
});
