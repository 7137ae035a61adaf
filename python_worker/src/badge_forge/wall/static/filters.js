// The filters and the search. They are also in the URL's query, so that a screen can start with them.

import { byId, element, replaceIfNew } from "./dom.js";

const NAMES = ["type", "design", "batch", "state"];
const STATES = ["printed", "printing", "rendered", "failed", "rendering", "retrying", "waiting"];
const TYPING_MS = 250;

export class Filters {
  #changed;
  #typing = 0;
  #wanted; // values from the URL whose options are not known yet

  constructor(changed) {
    this.#changed = changed;
    this.#wanted = Object.fromEntries(new URLSearchParams(location.search));
    byId("search").value = this.#wanted.name ?? "";
    this.offer({ types: [], designs: [], batches: [], names: "full" });
    byId("filters").addEventListener("submit", (event) => event.preventDefault());
    for (const name of NAMES) byId(name).addEventListener("change", () => this.#apply());
    byId("search").addEventListener("input", () => {
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => this.#apply(), TYPING_MS);
    });
    byId("search").addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.preventDefault();
        event.target.value = "";
        this.#apply();
        event.target.blur();
      }
    });
  }

  /** The filters that are set, by the names of the parameters. */
  get values() {
    const values = Object.fromEntries(NAMES.map((name) => [name, byId(name).value]));
    values.name = byId("search").value.trim();
    return Object.fromEntries(Object.entries(values).filter(([, value]) => value));
  }

  get active() {
    return Object.keys(this.values).length > 0;
  }

  /** Tell whether a badge passes the filters. */
  passes(badge) {
    const { type, design, batch, state, name } = this.values;
    return (
      (!type || badge.type === type) &&
      (!design || badge.design === design) &&
      (!batch || badge.batch_id === batch) &&
      (state ? badge.state === state : badge.finished_at !== null) &&
      (!name || badge.name.toLocaleLowerCase().includes(name.toLocaleLowerCase()))
    );
  }

  clear() {
    for (const name of [...NAMES, "search"]) byId(name).value = "";
    this.#apply();
  }

  /** Offer what the wall has. */
  offer({ types, designs, batches, names }) {
    this.#options("type", types.map((type) => [type, type]));
    this.#options("design", designs.map((design) => [design, design]));
    this.#options("batch", batches.map((batch) => [batch.id, batchLabel(batch)]));
    this.#options("state", STATES.map((state) => [state, state]));
    byId("search-field").hidden = names === "none";
  }

  #options(name, options) {
    const select = byId(name);
    const value = select.value || this.#wanted[name] || "";
    delete this.#wanted[name];
    if (value && !options.some(([each]) => each === value)) options = [...options, [value, value.slice(0, 40)]];
    replaceIfNew(select, options, () => [
      element("option", { value: "" }, name === "state" ? "all finished" : "all"),
      ...options.map(([each, label]) => element("option", { value: each }, label)),
    ]);
    if (select.value !== value) select.value = value;
  }

  #apply() {
    clearTimeout(this.#typing);
    const query = new URLSearchParams(this.values).toString();
    history.replaceState(null, "", location.pathname + (query ? `?${query}` : ""));
    this.#changed();
  }
}

export const batchLabel = (batch) => (/^[0-9a-f-]{36}$/.test(batch.id) ? batch.id.slice(0, 8) : batch.id);
