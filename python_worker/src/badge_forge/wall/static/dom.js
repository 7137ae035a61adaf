// Small helpers. Texts are only ever set as text: a name can be markup.

export const byId = (id) => document.getElementById(id);

/** Make an element with properties and children. A string becomes text. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") made.className = value;
    else if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

/** Set a text only if it differs, so that a screen reader is not told twice. */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** Replace children only if `key` differs from the last call for this element. */
const keys = new WeakMap();
export function replaceIfNew(target, content, make) {
  const key = JSON.stringify(content);
  if (keys.get(target) === key) return;
  keys.set(target, key);
  target.replaceChildren(...make(content));
}

export const number = (count) => count.toLocaleString("en");

/** "1 badge", "2 badges" */
export const counted = (count, noun) => `${number(count)} ${noun}${count === 1 ? "" : "s"}`;

export function duration(seconds) {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 90) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** What is shown instead of a name that the wall does not tell. */
export const shownName = (badge) => badge.name || `Badge ${badge.id.slice(0, 8)}`;
