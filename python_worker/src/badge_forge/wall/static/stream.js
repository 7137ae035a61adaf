// The events of the server. Reconnects by itself, also if the connection is silently gone.

const SILENT_MS = 30_000;
const RETRY_MS = 1500;

export class Stream {
  #handlers;
  #source = null;
  #watchdog = 0;

  /** `handlers` has a function for each event, and `lost`. */
  constructor(handlers) {
    this.#handlers = handlers;
    this.#open();
    addEventListener("pagehide", () => this.#source?.close());
    addEventListener("pageshow", (event) => event.persisted && this.#open());
  }

  #open() {
    this.#source?.close();
    const source = new EventSource("/events");
    this.#source = source;
    this.#watch();
    for (const name of ["state", "badges", "outage"]) {
      source.addEventListener(name, (event) => {
        this.#watch();
        this.#handlers[name](JSON.parse(event.data));
      });
    }
    source.addEventListener("error", () => {
      if (source !== this.#source) return;
      source.close();
      this.#handlers.lost();
      this.#retry();
    });
  }

  #watch() {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => {
      this.#handlers.lost();
      this.#open();
    }, SILENT_MS);
  }

  #retry() {
    clearTimeout(this.#watchdog);
    // Not all walls at once, when a server comes back.
    this.#watchdog = setTimeout(() => this.#open(), RETRY_MS * (0.7 + 0.6 * Math.random()));
  }
}
