// The details of a badge: picture, PDF, history, and what can be done with it.

import { byId, duration, element, setText, shownName } from "./dom.js";
import { pictureUrl } from "./pictures.js";

const ACTIONS = {
  retry: { label: "Retry", ask: null, offered: (state) => state === "failed" || state === "retrying" },
  cancel: {
    label: "Cancel",
    ask: "Cancel this badge?",
    offered: (state) => !["printed", "failed"].includes(state),
  },
  "print-again": {
    label: "Print again",
    reason: "Why is this badge printed again?",
    offered: (state, isUnknown) => state === "printed" || isUnknown,
  },
  printed: {
    label: "It is printed",
    ask: "Is the badge in the tray? It counts as printed then.",
    offered: (state, isUnknown) => isUnknown,
  },
};

const WHAT = {
  enqueued: "Enqueued",
  confirmed: "Print enqueued",
  retried: "Retried",
  started: "Started",
  failed: "Failed",
  rescued: "Rescued",
  snoozed: "Snoozed",
  cancelled: "Cancelled",
  discarded: "Discarded after the last attempt",
  rendered: "Rendered",
  printed: "Printed",
  settled: "Settled",
};

/** The printer could not tell whether it printed the badge. */
const isUnknown = (history) => / reprint /.test(history.failure?.command ?? "");

export class Detail {
  #dialog = byId("detail");
  #badge = null;
  #isUnknown = false;
  #wall;

  /** `wall` tells `names`, `actions` (whether they are allowed) and `token`. */
  constructor(wall) {
    this.#wall = wall;
    byId("detail-close").addEventListener("click", () => this.#dialog.close());
    // A click on the backdrop has the dialog itself as its target.
    this.#dialog.addEventListener("click", (event) => {
      if (event.target === this.#dialog) this.#dialog.close();
    });
    this.#dialog.addEventListener("close", () => {
      this.#badge = null;
      byId("detail-picture").replaceChildren();
    });
  }

  get id() {
    return this.#badge?.id;
  }

  open(badge) {
    this.#badge = badge;
    setText(byId("detail-outcome"), "");
    byId("detail-history").replaceChildren();
    byId("detail-failure").hidden = true;
    this.#showBadge();
    this.#dialog.showModal();
    this.#load();
  }

  /** Show what is new of the open badge. */
  update(badge) {
    if (badge.id !== this.id) return;
    this.#badge = badge;
    this.#showBadge();
    this.#load();
  }

  #showBadge() {
    const badge = this.#badge;
    setText(byId("detail-name"), shownName(badge));
    setText(byId("detail-company"), badge.company);
    byId("detail-tags").replaceChildren(
      element("span", { class: "tag type", "data-type": badge.type }, badge.type),
      element("span", { class: "tag state", "data-state": badge.state }, badge.state),
      element("span", { class: "tag" }, badge.design),
    );
    setText(byId("detail-id"), badge.batch_id ? `${badge.id} · batch ${badge.batch_id}` : badge.id);
    const links = [];
    const picture = byId("detail-picture");
    if (badge.has_pdf) {
      const url = pictureUrl(badge, this.#wall.names, 480);
      if (picture.firstChild?.getAttribute("src") !== url) {
        picture.replaceChildren(element("img", { src: url, alt: `Badge of ${shownName(badge)}` }));
      }
      if (this.#wall.names === "full") {
        const href = `/badges/${encodeURIComponent(badge.id)}/pdf`;
        links.push(element("a", { href, target: "_blank", rel: "noopener" }, "Open the PDF"));
      }
    } else {
      picture.replaceChildren();
    }
    byId("detail-links").replaceChildren(...links);
    this.#showActions();
  }

  #showReprints(reprints) {
    const words = `asked for again ${reprints === 1 ? "once" : `${reprints} times`}`;
    const tags = byId("detail-tags");
    tags.querySelector(".reprints")?.remove();
    tags.append(element("span", { class: "tag reprints" }, words));
  }

  #showActions() {
    const area = byId("detail-actions");
    const allowed = this.#wall.actions && this.#wall.token;
    const buttons = Object.entries(ACTIONS)
      .filter(([, action]) => allowed && action.offered(this.#badge.state, this.#isUnknown))
      .map(([name, action]) => {
        const button = element("button", { type: "button", class: "action secondary" }, action.label);
        button.addEventListener("click", () => this.#act(name, action));
        return button;
      });
    area.replaceChildren(...buttons);
    area.hidden = !buttons.length;
  }

  async #act(name, action) {
    if (action.ask && !confirm(action.ask)) return;
    const reason = action.reason ? prompt(action.reason)?.trim() : undefined;
    if (action.reason && !reason) return;
    const { id } = this.#badge;
    const answer = await fetch(`/api/badges/${encodeURIComponent(id)}/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${this.#wall.token}` },
      body: JSON.stringify({ reason }),
    }).then((response) => response.json(), () => ({ error: "the wall does not answer" }));
    if (id !== this.id) return;
    setText(byId("detail-outcome"), answer.done ?? `Not done: ${answer.error}`);
    this.#load();
  }

  async #load() {
    const { id } = this.#badge;
    if (id.startsWith("job-")) return;
    const response = await fetch(`/api/badges/${encodeURIComponent(id)}`).catch(() => null);
    if (id !== this.id) return;
    const list = byId("detail-history");
    if (!response?.ok) {
      list.replaceChildren(element("li", {}, "The history cannot be read at the moment."));
      return;
    }
    const history = await response.json();
    if (id !== this.id) return;
    if (history.state !== this.#badge.state) {
      this.#badge = { ...this.#badge, state: history.state };
      this.#showBadge();
    }
    this.#isUnknown = history.state === "failed" && isUnknown(history);
    this.#showActions();
    if (history.reprints) this.#showReprints(history.reprints);
    list.replaceChildren(...history.events.map(eventItem));
    const failure = byId("detail-failure");
    failure.hidden = !history.failure;
    failure.replaceChildren(
      ...(history.failure
        ? [
            element("strong", {}, history.state === "failed" ? "Why it failed" : "Last failure"),
            element("p", {}, history.failure.reason),
            ...(history.failure.advice ? [element("p", {}, history.failure.advice)] : []),
            ...(history.failure.command ? [element("code", {}, history.failure.command)] : []),
          ]
        : []),
    );
  }
}

function eventItem(event) {
  const isReprint = event.what === "retried" && event.detail.startsWith("reprint");
  const what = isReprint ? "Asked for again" : (WHAT[event.what] ?? event.what);
  const at = new Date(event.at);
  const details = [
    event.detail,
    event.attempt ? `attempt ${event.attempt}` : "",
    event.duration_s === null ? "" : took(event),
    event.node ? `on ${event.node}` : "",
  ].filter(Boolean);
  return element(
    "li",
    { "data-what": event.what },
    element("time", { dateTime: event.at, title: at.toLocaleString() }, at.toLocaleTimeString()),
    element("span", { class: "what" }, what),
    element("span", { class: "more" }, details.join(", ")),
  );
}

function took(event) {
  const shown = duration(event.duration_s);
  return event.what === "started" ? `waited ${shown}` : `took ${shown}`;
}
