"""Draw the figures as an SVG bar chart, with their spread as a line, for light and dark mode."""

from html import escape
from itertools import groupby

from benchmarks.figures import Figure, number

WIDTH, LABEL, BAR, ROW, HEADING = 860, 360, 380, 18, 30
"""In pixels: widths of the image, the labels and the longest bar; heights of rows and headings."""

STYLE = """
text { font: 12px system-ui, sans-serif; fill: #222 }
.heading { font-weight: 600; font-size: 13px }
.bar { fill: #2f6fb0 } .missed { fill: #c8261c } .spread { stroke: #111; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) { text { fill: #ddd } .spread { stroke: #fff } }
"""


def chart(machine: dict[str, str], figures: list[Figure]) -> str:
    """Return the chart as SVG. Figures of the same part and unit have the same scale."""
    rows: list[str] = []
    y = HEADING
    title = f"{machine['cpu']}, {machine['cores']} cores, {machine['revision']}"
    rows.append(f'<text class="heading" x="8" y="{y - 10}">{escape(title)}</text>')
    for (part, unit), group in groupby(figures, key=lambda figure: (figure.part, figure.unit)):
        together = list(group)
        longest = max(figure.most for figure in together) or 1
        y += HEADING
        rows.append(f'<text class="heading" x="8" y="{y - 8}">{escape(part)}, {escape(unit)}</text>')
        for figure in together:
            rows.append(_row(figure, y, BAR / longest))
            y += ROW
    height = y + 12
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" role="img" aria-label="Cost per badge">\n'
        f"<style>{STYLE}</style>\n" + "\n".join(rows) + "\n</svg>\n"
    )


def _row(figure: Figure, y: int, scale: float) -> str:
    kind = "bar missed" if figure.holds is False else "bar"
    middle = y + ROW / 2 - 1
    least, most = (LABEL + value * scale for value in (figure.least, figure.most))
    bound = f" ({figure.bound})" if figure.bound else ""
    return (
        f'<text x="{LABEL - 8}" y="{y + 12}" text-anchor="end">{escape(figure.name)}</text>'
        f'<rect class="{kind}" x="{LABEL}" y="{y + 2}" width="{figure.value * scale:.1f}" '
        f'height="{ROW - 6}"/>'
        f'<line class="spread" x1="{least:.1f}" x2="{most:.1f}" y1="{middle}" y2="{middle}"/>'
        f'<text x="{max(most, LABEL + figure.value * scale) + 6:.1f}" y="{y + 12}">'
        f"{number(figure.value)}{escape(bound)}</text>"
    )
