"""Compares printers with what an event needs: its paper, both sides, resolution and PDF."""

import re
from collections.abc import Iterator, Sequence

from badge_forge.designs.design import Design
from badge_forge.events.event import Event
from badge_forge.events.printers import Printer
from badge_forge.jobs.printers import Printers, PrinterState

LEAST_DPI = 300
"""Fewest dots per inch for small text and QR codes."""

TOLERANCE_MM = 1.5
"""Names of papers are rounded, and inches are not millimetres."""

MM = {"mm": 1.0, "in": 25.4}

SIZE = re.compile(r"_(?P<width>[0-9.]+)x(?P<height>[0-9.]+)(?P<unit>mm|in)$")
"""The end of the name of a paper (PWG 5101.1)."""


def size_mm(media: str) -> tuple[float, float] | None:
    """Return width and height of the paper `media` in mm, None if its name does not tell."""
    found = SIZE.search(media)
    if not found:
        return None
    try:
        factor = MM[found["unit"]]
        return float(found["width"]) * factor, float(found["height"]) * factor
    except ValueError:
        return None


def findings(event: Event, designs: Sequence[Design], found: Printers) -> Iterator[str]:
    """Yield what is wrong with each printer of `event`, in one line each."""
    known = {printer.name: printer for printer in found.printers}
    for name, wanted in event.printers.items():
        if name not in known:
            yield (f"{name}: the print center does not have it: restart it with the event's printers")
            continue
        for problem in _of_printer(wanted, designs, known[name]):
            yield f"{name}: {problem}"
    for desk, names in event.desks.items():
        if list(names) != found.desks.get(desk):
            yield f"desk {desk}: the print center has other printers for it: restart it"


def _of_printer(wanted: Printer, designs: Sequence[Design], printer: PrinterState) -> Iterator[str]:
    if not printer.answers:
        yield printer.blocked or "does not answer"
        return
    if printer.blocked:
        yield printer.blocked
    if not printer.pdf:
        yield "does not print PDF: use a queue of CUPS for it"
    if (wanted.media, wanted.sides) != (printer.media, printer.sides):
        yield "the print center has another media or sides for it: restart it"
    yield from _media(wanted, designs, printer)
    if wanted.sides and wanted.sides not in printer.sides_supported:
        yield f"does not print {wanted.sides}, but {_listed(printer.sides_supported)}"
    sides = printer.sides or "one-sided"
    for design in designs:
        if design.settings.page.pages == 2 and sides == "one-sided":
            yield f"prints one side, and a badge of the design {design.name} has two: set sides"
    if printer.dpi and max(printer.dpi) < LEAST_DPI:
        yield f"prints {max(printer.dpi)} dpi, and badges need {LEAST_DPI}"


def _media(wanted: Printer, designs: Sequence[Design], printer: PrinterState) -> Iterator[str]:
    if wanted.media is None:
        yield "has no media in the event's file: its default paper may have another size"
        return
    if wanted.media not in printer.media_supported and not _custom(wanted.media, printer):
        yield f"does not have the paper {wanted.media}, but {_listed(printer.media_supported)}"
    elif printer.media_ready and wanted.media not in printer.media_ready:
        yield f"has not loaded {wanted.media}, but {_listed(printer.media_ready)}"
    paper = size_mm(wanted.media)
    for design in designs:
        page = (design.settings.page.width_mm, design.settings.page.height_mm)
        if paper and not _fits(page, paper):
            yield (
                f"the paper {wanted.media} is {paper[0]:g} × {paper[1]:g} mm, "
                f"and a badge of the design {design.name} {page[0]:g} × {page[1]:g} mm"
            )


def _custom(media: str, printer: PrinterState) -> bool:
    """Tell whether a printer that takes papers of any size takes this one."""
    wanted = size_mm(media)
    bounds = {
        bound: [size for name in printer.media_supported if bound in name and (size := size_mm(name))]
        for bound in ("custom_min", "custom_max")
    }
    if not (wanted and all(bounds.values())):
        return False
    least, most = bounds["custom_min"][0], bounds["custom_max"][0]
    return all(low <= side <= high for low, side, high in zip(least, wanted, most, strict=True))


def _fits(page: tuple[float, float], paper: tuple[float, float]) -> bool:
    return all(abs(one - other) <= TOLERANCE_MM for one, other in zip(page, paper, strict=True))


def _listed(names: Sequence[str], most: int = 8) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return (", ".join(names[:most]) or "none") + more
