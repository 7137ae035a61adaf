// Loads pictures into cards: few at a time, and only those whose card has stayed for a moment.

const AT_ONCE = 4;
const STAYED_MS = 200;
const TRIES = 4;

const WIDTHS = [120, 240, 480, 960];

/** The URL of a badge's picture. It changes with the picture, so that the browser can keep it for good. */
export function pictureUrl(badge, names, cssWidth) {
  const pixels = cssWidth * Math.min(window.devicePixelRatio, 2);
  const width = WIDTHS.find((each) => each >= pixels * 0.8) ?? WIDTHS.at(-1);
  const version = encodeURIComponent(`${badge.job_id}.${badge.attempt}.${Date.parse(badge.finished_at)}.${names}`);
  return `/badges/${encodeURIComponent(badge.id)}/picture?width=${width}&v=${version}`;
}

export class PictureLoader {
  #waiting = new Map(); // img → {url, at, tries}
  #loading = 0;
  #timer = 0;

  /** Load `url` into `img`, unless it is cancelled before its turn. */
  request(img, url) {
    if (img.dataset.url === url) return;
    this.cancel(img);
    img.dataset.url = url;
    this.#waiting.set(img, { url, at: performance.now() + STAYED_MS, tries: 0 });
    this.#plan();
  }

  /** Whether all pictures that were requested are there. */
  get settled() {
    return !this.#waiting.size && !this.#loading;
  }

  cancel(img) {
    this.#waiting.delete(img);
    if (img.dataset.url) {
      delete img.dataset.url;
      img.removeAttribute("src");
      img.classList.remove("loaded");
    }
  }

  #plan() {
    if (this.#timer || !this.#waiting.size || this.#loading >= AT_ONCE) return;
    const next = Math.min(...[...this.#waiting.values()].map((each) => each.at));
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      this.#start();
      this.#plan();
    }, Math.max(0, next - performance.now()));
  }

  #start() {
    const now = performance.now();
    for (const [img, wanted] of this.#waiting) {
      if (this.#loading >= AT_ONCE) return;
      if (wanted.at > now) continue;
      this.#waiting.delete(img);
      this.#load(img, wanted);
    }
  }

  #load(img, wanted) {
    this.#loading += 1;
    // Loaded apart from the card: if a card is reused, its image can be cancelled without an event.
    const probe = new Image();
    const done = (loaded) => {
      this.#loading -= 1;
      if (img.dataset.url === wanted.url) {
        if (loaded) {
          img.src = wanted.url;
          img.classList.add("loaded");
        } else if (wanted.tries < TRIES) {
          const wait = 1000 * 1.6 ** wanted.tries * (0.7 + 0.6 * Math.random());
          this.#waiting.set(img, { ...wanted, tries: wanted.tries + 1, at: performance.now() + wait });
        }
      }
      this.#plan();
    };
    probe.onload = () => done(true);
    probe.onerror = () => done(false);
    probe.src = wanted.url;
  }
}
