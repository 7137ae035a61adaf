// The throughput of the last ten minutes, as bars.

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 240;
const HEIGHT = 64;

export class Chart {
  #svg;
  #bars = [];

  constructor(svg) {
    this.#svg = svg;
  }

  show(counts, bucketSeconds) {
    while (this.#bars.length < counts.length) {
      const bar = document.createElementNS(SVG, "rect");
      this.#bars.push(bar);
      this.#svg.append(bar);
    }
    const most = Math.max(1, ...counts);
    const step = WIDTH / counts.length;
    counts.forEach((count, index) => {
      const height = count ? Math.max(2, (HEIGHT * count) / most) : 0.75;
      const bar = this.#bars[index];
      bar.setAttribute("x", (index * step + step * 0.12).toFixed(2));
      bar.setAttribute("width", (step * 0.76).toFixed(2));
      bar.setAttribute("y", (HEIGHT - height).toFixed(2));
      bar.setAttribute("height", height.toFixed(2));
      bar.setAttribute("class", count ? "some" : "none");
    });
    const total = counts.reduce((sum, count) => sum + count, 0);
    const label = total
      ? `${total} printed in the last ten minutes, at most ${most} in ${bucketSeconds} seconds`
      : "Nothing was printed in the last ten minutes";
    if (this.#svg.getAttribute("aria-label") !== label) this.#svg.setAttribute("aria-label", label);
  }
}
