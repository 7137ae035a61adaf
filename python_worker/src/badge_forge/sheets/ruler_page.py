"""The test page for calibrating a printer: a cross with two rulers to measure."""

from collections.abc import Iterator

import pydyf
from weasyprint import HTML
from weasyprint.document import Document

from badge_forge.settings import COMMAND
from badge_forge.sheets.calibration import CROSS_MM, RULER_MM
from badge_forge.sheets.layout import SHEETS, Sheet

STEPS = (
    "Print at 100 %, not fitted to the page, from the tray for the labels.",
    f"Measure in mm: from the left edge of the sheet to the cross (RIGHT, about {CROSS_MM}), from the "
    f"top edge to the cross (DOWN, about {CROSS_MM}), and the length of a ruler (LENGTH, about "
    f"{RULER_MM}).",
    f"{COMMAND} printer set NAME --right RIGHT --down DOWN --ruler LENGTH",
    f"{COMMAND} sheet --printer NAME",
)

BACK_STEPS = (
    "This page is the back: print double-sided, flipped on the long edge.",
    "Measure it in the same way, from the edges of the back.",
    f"{COMMAND} printer set NAME --back --right RIGHT --down DOWN --ruler LENGTH",
)


def ruler_page(sheet: Sheet, back: bool = False) -> bytes:
    """Return the PDF of the test page for `sheet`, and of one for its `back`.

    The cross of a page is 20 mm from the left and top edges.
    """
    width, height = SHEETS[sheet]
    style = (
        f"@page {{ size: {width}mm {height}mm; margin: 0 }} body {{ margin: 0; font: 11pt sans-serif }} "
        "section { position: relative; break-before: page } svg { position: absolute; left: 0; top: 0 } "
        "div { position: absolute; left: 40mm; top: 40mm; width: 130mm; line-height: 1.4 }"
    )
    page = f'<html lang="en"><title>Test page, {sheet}</title><style>{style}</style>'
    page += _section(sheet, f"Test page, {sheet}", STEPS)
    if back:
        page += _section(sheet, f"Test page, {sheet}, back", BACK_STEPS)
    pdf = HTML(string=page).write_pdf(finisher=_forbid_scaling)
    assert isinstance(pdf, bytes)  # write_pdf returns None only if it is given a target
    return pdf


def _section(sheet: Sheet, title: str, steps: tuple[str, ...]) -> str:
    width, height = SHEETS[sheet]
    items = "".join(f"<li>{step}</li>" for step in steps)
    return (
        f'<section><svg width="{width}mm" height="{height}mm" viewBox="0 0 {width} {height}">'
        f'<path fill="none" stroke="#000" stroke-width="0.15" d="{"".join(_lines())}"/>'
        f"{''.join(_numbers())}</svg>"
        f"<div><h1>{title}</h1><ol>{items}</ol></div></section>"
    )


def _lines() -> Iterator[str]:
    """Yield SVG path data of the cross, whose long arms are rulers, with a tick per millimetre."""
    start, end = CROSS_MM - 10, CROSS_MM + RULER_MM
    yield f"M{start} {CROSS_MM}H{end}M{CROSS_MM} {start}V{end}"
    for at in range(RULER_MM + 1):
        length = 5 if at % 10 == 0 else 3.5 if at % 5 == 0 else 2
        yield f"M{CROSS_MM + at} {CROSS_MM}v{length}M{CROSS_MM} {CROSS_MM + at}h{length}"


def _numbers() -> Iterator[str]:
    for at in range(10, RULER_MM + 1, 10):
        yield f'<text x="{CROSS_MM + at - 2}" y="{CROSS_MM + 8.5}" font-size="3">{at}</text>'
        yield f'<text x="{CROSS_MM + 6}" y="{CROSS_MM + at + 1}" font-size="3">{at}</text>'


def _forbid_scaling(_document: Document, pdf: pydyf.PDF) -> None:
    pdf.catalog["ViewerPreferences"] = pydyf.Dictionary({"PrintScaling": "/None"})
