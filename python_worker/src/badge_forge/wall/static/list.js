// The list of badges that pass the filters: live at the top, older ones loaded while scrolling.

const PAGE = 100;
const KEPT = 500; // badges that are kept while the list is at its top
const MOST = 20_000; // badges that a scrolled list holds
const AHEAD_PX = 2500;
const BUSY = 12; // new badges within BUSY_MS above which the grid changes less often
const BUSY_MS = 2500;
const PATIENCE_MS = 8000; // how long it waits for the pictures of those that are shown
const REFRESH_MS = 1500;
const CALM_MS = 3000; // after badges were left out of events: the list is read again when this is over
const QUEUES = new Set(["waiting", "rendering", "retrying", "rendered", "printing"]);

export class BadgeList {
  #on;
  #badges = [];
  #next = null;
  #loading = false;
  #failed = false;
  #generation = 0;
  #newer = new Map(); // badges that wait until the list is at its top, or until it may change again
  #dropped = false;
  #calmTimer = 0;
  #shownAt = -BUSY_MS;
  #timer = 0;
  #refreshTimer = 0;
  #loaded = false;
  #arrivals = []; // when badges arrived, within BUSY_MS
  #counts = "";

  constructor(on) {
    this.#on = on;
  }

  get(id) {
    return this.#badges.find((badge) => badge.id === id);
  }

  /** Load the list again from its start. */
  async reload() {
    this.#failed = false;
    this.#generation += 1;
    this.#newer.clear();
    this.#dropped = false;
    clearTimeout(this.#refreshTimer);
    clearTimeout(this.#calmTimer);
    this.#refreshTimer = 0;
    await this.#load(null);
  }

  /** Show the list as it is. */
  refresh() {
    this.#changed();
  }

  /** Take badges that changed. `more` others did. */
  take(badges, more) {
    if (this.#inQueueOrder) {
      this.#reloadSoon();
      return;
    }
    const places = new Map(this.#badges.map((badge, index) => [badge.id, index]));
    let changed = false;
    const gone = new Set();
    for (const badge of badges) {
      const place = places.get(badge.id);
      const passes = this.#on.filters.passes(badge);
      if (place !== undefined && passes && !this.#moves(this.#badges[place], badge)) {
        this.#badges[place] = badge;
        changed = true;
      } else {
        if (place !== undefined) gone.add(badge.id);
        this.#newer.delete(badge.id);
        if (passes && this.#isNewer(badge)) {
          this.#newer.set(badge.id, badge);
          if (place === undefined) this.#arrivals.push(performance.now());
        }
      }
    }
    if (gone.size) this.#badges = this.#badges.filter((badge) => !gone.has(badge.id));
    if (more) this.#reloadWhenCalm();
    this.#bound();
    if (changed || gone.size) this.#changed();
    this.#merge();
  }

  /** While the list is scrolled down for hours, keep the newest of those that wait. */
  #bound() {
    for (const id of this.#newer.keys()) {
      if (this.#newer.size <= KEPT) return;
      this.#newer.delete(id);
      this.#dropped = true;
    }
  }

  /** The counts changed: a list in the order of a queue is read again. */
  stateChanged(counts) {
    if (this.#failed) this.reload();
    const key = JSON.stringify(counts);
    if (this.#inQueueOrder && key !== this.#counts) this.#reloadSoon();
    this.#counts = key;
  }

  showNewer() {
    this.#merge(true);
  }

  scrolled() {
    if (this.#newer.size && this.#on.atTop()) this.#merge();
    if (this.#next && !this.#loading && this.#badges.length < MOST && this.#on.left() < AHEAD_PX) {
      this.#load(this.#next);
    }
  }

  get #inQueueOrder() {
    return QUEUES.has(this.#on.filters.values.state);
  }

  /** A badge that was rendered again moves to the top. */
  #moves(before, after) {
    return this.#key(before) !== this.#key(after);
  }

  #key(badge) {
    return this.#on.filters.values.state === "printed" ? badge.printed_at : badge.finished_at;
  }

  /** Badges older than the end of what is loaded come when the list is scrolled there. */
  #isNewer(badge) {
    const last = this.#badges.at(-1);
    return !this.#next || !last || this.#key(badge) >= this.#key(last);
  }

  #merge(now = false) {
    if (!this.#newer.size) return;
    const atTop = now || this.#on.atTop();
    if (!atTop) {
      this.#changed();
      return;
    }
    if (this.#dropped) {
      this.reload();
      return;
    }
    const wait = now ? 0 : this.#wait();
    if (wait > 0) {
      this.#timer ||= setTimeout(() => {
        this.#timer = 0;
        this.#merge();
      }, wait);
      return;
    }
    this.#shownAt = performance.now();
    const added = [...this.#newer.values()];
    this.#newer.clear();
    this.#badges = [...added, ...this.#badges].sort(
      (a, b) => compare(this.#key(b), this.#key(a)) || b.job_id - a.job_id,
    );
    this.#trim();
    this.#changed();
  }

  /** Milliseconds until new badges are shown. With many, those that are shown stay until they were seen. */
  #wait() {
    const now = performance.now();
    this.#arrivals = this.#arrivals.filter((at) => now - at < BUSY_MS);
    if (Math.max(this.#arrivals.length, this.#newer.size) <= BUSY) return 0;
    const shown = now - this.#shownAt;
    if (shown < BUSY_MS) return BUSY_MS - shown;
    return shown < PATIENCE_MS && !this.#on.settled() ? 250 : 0;
  }

  /** Forget badges far below, so that a wall can run for days. They are loaded again when needed. */
  #trim() {
    if (this.#badges.length <= KEPT * 1.2) return;
    this.#badges.length = KEPT;
    const last = this.#badges.at(-1);
    this.#next = this.#on.filters.values.state ? "again" : `0_${last.finished_at.replace("Z", "")}_${last.job_id}`;
  }

  #reloadSoon() {
    this.#refreshTimer ||= setTimeout(() => {
      this.#refreshTimer = 0;
      if (this.#on.atTop()) this.reload();
    }, REFRESH_MS * (0.7 + 0.6 * Math.random()));
  }

  #reloadWhenCalm() {
    clearTimeout(this.#calmTimer);
    this.#calmTimer = setTimeout(() => {
      if (this.#on.atTop()) this.reload();
    }, CALM_MS * (1 + Math.random()));
  }

  async #load(before) {
    const generation = this.#generation;
    const first = before === null || before === "again";
    this.#loading = true;
    if (!this.#loaded || !first) this.#changed();
    let badges = [];
    let next = first ? null : before;
    try {
      // A page that only few badges pass can be empty before the end of the list.
      do {
        const page = await fetchPage({ ...this.#on.filters.values, ...(next ? { before: next } : {}) });
        if (generation !== this.#generation) return;
        badges.push(...page.badges);
        next = page.next;
      } while (next && badges.length < PAGE / 2);
    } catch {
      // The server or the database is gone or too slow: the next state event loads again.
      if (generation === this.#generation) {
        this.#loading = false;
        this.#failed = first;
      }
      this.#changed();
      return;
    }
    this.#loading = false;
    this.#loaded = true;
    this.#next = next;
    if (first) {
      this.#badges = badges;
    } else {
      const known = new Set(this.#badges.map((badge) => badge.id));
      this.#badges = [...this.#badges, ...badges.filter((badge) => !known.has(badge.id))];
    }
    this.#changed();
    this.scrolled();
  }

  #changed() {
    this.#on.changed(this.#badges, {
      loading: this.#loading,
      empty: this.#badges.length === 0 && !this.#newer.size,
      newer: this.#on.atTop() ? 0 : this.#newer.size,
    });
  }
}

const compare = (a, b) => (a === b ? 0 : a > b ? 1 : -1);

async function fetchPage(parameters) {
  const response = await fetch(`/api/badges?${new URLSearchParams({ ...parameters, limit: PAGE })}`);
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
}
