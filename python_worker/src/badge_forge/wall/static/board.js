// What is around the badges: counter, rates, batches, failures and nodes.

import { Chart } from "./chart.js";
import { byId, counted, duration, element, number, replaceIfNew, setText } from "./dom.js";
import { batchLabel } from "./filters.js";

const ORDER = ["printed", "printing", "rendered", "rendering", "retrying", "waiting", "failed"];
const ANNOUNCE_MS = 10_000;
const SHOWN = 6; // batches and nodes

export class Board {
  #chart = new Chart(byId("chart"));
  #announcedAt = -ANNOUNCE_MS;

  show(state) {
    const { counts } = state;
    const about = state.estimated ? "about " : "";
    const total = ORDER.reduce((sum, name) => sum + counts[name], 0);
    setText(byId("printed-count"), number(counts.printed));
    byId("printed-count").dataset.digits = String(number(counts.printed).length);
    setText(byId("printed-of"), `printed of ${about}${number(total)}`);
    this.#showStates(counts, total);
    setText(byId("throughput"), state.per_second ? rate(state.per_second) : "–");
    setText(byId("time-to-empty"), timeToEmpty(state, total));
    const { printed, bucket_s } = state.throughput;
    this.#chart.show(printed, bucket_s);
    const peak = Math.max(...printed) / bucket_s;
    setText(byId("chart-peak"), peak ? `peak ${rate(peak)}` : "");
    this.#showBatches(state);
    this.#showFailures(state.failures);
    this.#showNodes(state.nodes);
    this.#connection("live", "Live");
    this.#announce(`Live. ${number(counts.printed)} printed of ${about}${counted(total, "badge")}.`);
  }

  lost(text) {
    this.#connection("lost", text);
    this.#announcedAt = -ANNOUNCE_MS;
    setText(byId("status"), text);
  }

  #connection(state, text) {
    byId("connection").dataset.state = state;
    setText(byId("connection"), text);
  }

  /** Tell a screen reader the counts, but not every second. */
  #announce(text) {
    if (performance.now() - this.#announcedAt < ANNOUNCE_MS) return;
    this.#announcedAt = performance.now();
    setText(byId("status"), text);
  }

  #showStates(counts, total) {
    const present = ORDER.filter((name) => counts[name]);
    const bar = byId("bar");
    replaceIfNew(bar, present.map((name) => [name, counts[name]]), (parts) =>
      parts.map(([name, count]) => {
        const part = element("span", { "data-state": name });
        part.style.flexGrow = String(count);
        return part;
      }),
    );
    const label = present.map((name) => `${counts[name]} ${name}`).join(", ") || "No badges yet";
    if (bar.getAttribute("aria-label") !== label) bar.setAttribute("aria-label", label);
    replaceIfNew(byId("legend"), total ? present.map((name) => [name, counts[name]]) : [], (parts) =>
      parts.map(([name, count]) =>
        element("li", { "data-state": name }, element("b", {}, number(count)), ` ${name}`),
      ),
    );
  }

  #showBatches({ batches, batches_complete }) {
    byId("batches").hidden = !batches.length;
    const more = batches.length - SHOWN;
    setText(
      byId("batches-note"),
      [more > 0 ? `and ${more} more` : "", batches_complete ? "" : "counted in the newest 20,000 jobs"]
        .filter(Boolean)
        .join(", "),
    );
    replaceIfNew(byId("batch-list"), batches.slice(0, SHOWN), (shown) =>
      shown.map((batch) => {
        const done = element("span", { class: "done" });
        done.style.width = `${percent(batch.printed, batch.total)}%`;
        const failed = element("span", { class: "bad" });
        failed.style.width = `${percent(batch.failed, batch.total)}%`;
        return element(
          "li",
          {},
          element("span", { class: "batch-name", title: batch.id }, batchLabel(batch)),
          element("span", { class: "batch-bar", "aria-hidden": "true" }, done, failed),
          element(
            "span",
            { class: "batch-count" },
            `${number(batch.printed)} of ${number(batch.total)}`,
            batch.failed ? element("em", {}, `, ${number(batch.failed)} failed`) : "",
          ),
        );
      }),
    );
  }

  #showFailures(failures) {
    byId("failures").hidden = !failures.length;
    replaceIfNew(byId("failure-list"), failures.slice(0, 5), (shown) =>
      shown.map((failure) =>
        element(
          "li",
          {},
          element("b", {}, number(failure.jobs)),
          element("span", { class: "reason" }, failure.cause),
          element("span", { class: "advice" }, failure.advice),
          ...(failure.command ? [element("code", {}, failure.command)] : []),
        ),
      ),
    );
  }

  #showNodes(nodes) {
    byId("nodes").hidden = !nodes.length;
    replaceIfNew(byId("node-list"), nodes.slice(0, SHOWN), (shown) =>
      shown.map((node) =>
        element(
          "li",
          { "data-state": node.silent ? "silent" : node.paused ? "paused" : "alive" },
          element("span", { class: "node-queue" }, NODES[node.queue] ?? node.queue),
          element("span", { class: "node-name" }, node.node),
          element("span", { class: "node-jobs" }, nodeJobs(node)),
        ),
      ),
    );
  }
}

const NODES = { badges: "worker", printing: "print center" };

const percent = (part, whole) => (whole ? Math.min(100, (100 * part) / whole).toFixed(2) : 0);

function nodeJobs(node) {
  if (node.silent) return "silent";
  if (node.paused) return "paused";
  return node.limit ? `${node.executing} of ${node.limit}` : `${node.executing}`;
}

function rate(perSecond) {
  if (perSecond >= 10) return `${Math.round(perSecond)} per second`;
  if (perSecond >= 1) return `${perSecond.toFixed(1)} per second`;
  return `${Math.round(perSecond * 60)} per minute`;
}

function timeToEmpty({ time_to_empty_s: seconds }, total) {
  if (seconds === null) return "unknown";
  if (seconds === 0) return total ? "all done" : "–";
  return `about ${duration(seconds)}`;
}
