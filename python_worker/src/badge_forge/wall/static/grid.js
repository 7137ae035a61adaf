// A grid of badges. Only the cards near the viewport exist, however many badges it has.

import { element, setText, shownName } from "./dom.js";
import { pictureUrl } from "./pictures.js";

const OVERSCAN_PX = 300;

export class Grid {
  #list;
  #pictures;
  #open;
  #badges = [];
  #cards = new Map(); // badge id → card
  #spare = [];
  #layout = { columns: 1, width: 0, height: 0, gap: 0, left: 0 };
  #planned = false;
  #active = 0;
  #names = "full";

  constructor(list, pictures, open) {
    this.#list = list;
    this.#pictures = pictures;
    this.#open = open;
    new ResizeObserver(() => this.#measure()).observe(list);
    addEventListener("scroll", () => this.#plan(), { passive: true });
    addEventListener("resize", () => this.#plan(), { passive: true });
    list.addEventListener("keydown", (event) => this.#move(event));
    this.#measure();
  }

  /** Show `badges` in this order. `names` is how much of names the wall tells. */
  show(badges, names) {
    const focused = this.#focusedId();
    this.#badges = badges;
    this.#names = names;
    const index = focused ? badges.findIndex((badge) => badge.id === focused) : -1;
    this.#active = index >= 0 ? index : Math.min(this.#active, Math.max(0, badges.length - 1));
    if (!focused) this.#active = 0;
    this.#render();
  }

  /** The distance in pixels from the bottom of the viewport to the end of the grid. */
  get left() {
    return this.#list.getBoundingClientRect().bottom - innerHeight;
  }

  #measure() {
    const style = getComputedStyle(this.#list);
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const least = parseFloat(style.getPropertyValue("--card-width")) * rem;
    const gap = parseFloat(style.rowGap) || 16;
    const available = this.#list.clientWidth;
    const columns = Math.max(available < 420 ? 2 : 1, Math.floor((available + gap) / (least + gap)));
    const width = Math.floor((available - gap * (columns - 1)) / columns);
    const caption = parseFloat(style.getPropertyValue("--caption-height")) * rem;
    this.#layout = { columns, width, height: Math.round(width * 1.3) + caption, gap };
    this.#list.style.setProperty("--width", `${width}px`);
    this.#list.style.setProperty("--height", `${this.#layout.height}px`);
    this.#render();
  }

  #plan() {
    if (this.#planned) return;
    this.#planned = true;
    requestAnimationFrame(() => {
      this.#planned = false;
      this.#render();
    });
  }

  #render() {
    const { columns, width, height, gap } = this.#layout;
    if (width <= 0) return;
    const rows = Math.ceil(this.#badges.length / columns);
    this.#list.style.height = `${Math.max(0, rows * (height + gap) - gap)}px`;
    const top = -this.#list.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor((top - OVERSCAN_PX) / (height + gap))) * columns;
    const last = Math.min(
      this.#badges.length,
      Math.ceil((top + innerHeight + OVERSCAN_PX) / (height + gap)) * columns,
    );
    const wanted = new Map();
    for (let index = first; index < last; index += 1) wanted.set(this.#badges[index].id, index);
    // The card that has the focus stays, or the focus would be lost.
    const active = this.#badges[this.#active];
    if (active && !wanted.has(active.id) && this.#cards.get(active.id)?.button === document.activeElement) {
      wanted.set(active.id, this.#active);
    }
    for (const [id, card] of this.#cards) if (!wanted.has(id)) this.#remove(id, card);
    const ordered = [...wanted].sort(([, one], [, other]) => one - other);
    let next = this.#list.firstChild;
    for (const [id, index] of ordered) {
      const card = this.#cards.get(id) ?? this.#add(id);
      // The order of the elements is that of the badges, for a screen reader. One that moves loses the focus.
      if (card.item === next) next = next.nextSibling;
      else this.#list.insertBefore(card.item, next);
      this.#fill(card, this.#badges[index], index);
      const x = (index % columns) * (width + gap);
      const y = Math.floor(index / columns) * (height + gap);
      const transform = `translate(${x}px, ${y}px)`;
      if (card.item.style.transform !== transform) card.item.style.transform = transform;
    }
  }

  #add(id) {
    const card = this.#spare.pop() ?? this.#make();
    card.id = id;
    card.item.classList.add("entering");
    // The next frame starts the transition to the normal look; positions must not animate before.
    requestAnimationFrame(() => requestAnimationFrame(() => card.item.classList.remove("entering")));
    this.#cards.set(id, card);
    return card;
  }

  #remove(id, card) {
    this.#pictures.cancel(card.img);
    card.item.remove();
    card.shown = "";
    this.#cards.delete(id);
    if (this.#spare.length < 60) this.#spare.push(card);
  }

  #make() {
    const img = element("img", { alt: "", decoding: "async", draggable: false });
    const initials = element("span", { class: "initials" });
    const name = element("span", { class: "name", dir: "auto" });
    const company = element("span", { class: "company", dir: "auto" });
    const state = element("span", { class: "state" });
    const button = element(
      "button",
      { type: "button", class: "card" },
      element("span", { class: "picture" }, initials, img),
      element("span", { class: "caption" }, name, company, state),
    );
    const item = element("li", {}, button);
    item.setAttribute("role", "listitem");
    const card = { item, button, img, initials, name, company, state, shown: "", id: "" };
    button.addEventListener("click", () => this.#open(card.id));
    return card;
  }

  #fill(card, badge, index) {
    card.item.ariaPosInSet = index + 1;
    card.item.ariaSetSize = this.#badges.length;
    card.button.tabIndex = index === this.#active ? 0 : -1;
    const shown = JSON.stringify([badge, this.#names, this.#layout.width]);
    if (card.shown === shown) return;
    card.shown = shown;
    const name = shownName(badge);
    card.button.setAttribute("aria-label", `${name}, ${badge.type}, ${badge.state}`);
    card.button.dataset.type = badge.type;
    card.button.dataset.state = badge.state;
    setText(card.name, name);
    setText(card.company, badge.company);
    setText(card.state, badge.state);
    setText(card.initials, initialsOf(badge));
    if (badge.has_pdf) {
      this.#pictures.request(card.img, pictureUrl(badge, this.#names, this.#layout.width));
    } else {
      this.#pictures.cancel(card.img);
    }
  }

  #focusedId() {
    for (const [id, card] of this.#cards) if (card.button === document.activeElement) return id;
    return null;
  }

  #move(event) {
    const { columns } = this.#layout;
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    const step = steps[event.key];
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (step) this.#focus(this.#active + step);
    else if (event.key === "Home") this.#focus(0);
    else if (event.key === "End") this.#focus(this.#badges.length - 1);
    else return;
    event.preventDefault();
  }

  #focus(index) {
    if (!this.#badges.length || index < 0 || index >= this.#badges.length) return;
    this.#active = index;
    const { columns, height, gap } = this.#layout;
    const top = this.#list.getBoundingClientRect().top + Math.floor(index / columns) * (height + gap);
    const header = document.getElementById("filters").offsetHeight + 16;
    if (top < header) scrollBy(0, top - header);
    else if (top + height > innerHeight) scrollBy(0, top + height + 16 - innerHeight);
    this.#render();
    this.#cards.get(this.#badges[index].id)?.button.focus({ preventScroll: true });
  }
}

function initialsOf(badge) {
  if (badge.state === "failed" && !badge.has_pdf) return "!";
  const words = (badge.name || "").split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => [...word][0].toLocaleUpperCase()).join("");
}
