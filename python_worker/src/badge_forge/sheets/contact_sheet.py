"""A contact sheet: 40 badges per page, each with its name below, to proofread names before printing."""

import io
from collections.abc import Callable, Sequence
from itertools import batched
from pathlib import Path

import pikepdf

from badge_forge.attendee import Attendee
from badge_forge.errors import SheetError
from badge_forge.sheets.badge_pdf import BadgeFacts, BadgePdf
from badge_forge.sheets.captions import Box, Caption, Captions
from badge_forge.sheets.contact_grid import ContactGrid, scale
from badge_forge.sheets.form import form
from badge_forge.sheets.layout import SHEETS, Sheet
from badge_forge.sheets.selection import Selected, Selection, select
from badge_forge.sheets.writer import Copied, PdfWriter, replacing
from badge_forge.storage import Storage
from badge_forge.text.text import counted
from badge_forge.units import PT_PER_MM as MM
from badge_forge.views.pictures import first_page

MM_PER_INCH = 25.4

DPI = 200
"""Resolution of a PNG."""

USUAL_MM = (100.0, 150.0)
"""The size of badges if no PDF can be read."""

type Pages = Sequence[Sequence[Attendee]]

type Progress = Callable[[int], None]

FRAME = "0.7 G 0.3 w"
"""PDF operators for the thin grey frame of each badge, without which a white one has no edge."""


def write_contact_sheet(
    database_url: str, badges_dir: Path, output: Path, batch: str | None = None
) -> int:
    """Write the finished badges, or those of `batch`, to `output`, sorted by name. Return its pages.

    `output` is a PDF, or PNGs if it ends with `.png`: one per page, as `png_path` names them. Raises
    `SheetError` if there is no finished badge or the file can't be written.
    """
    selection = Selection(batch=batch, order="name")
    selected = select(selection, database_url)
    return ContactSheet(selected.attendees, badges_dir, title(selection, selected)).write(output)


def title(selection: Selection, selected: Selected) -> str:
    """Return the header of a contact sheet: how many badges, and how they were selected."""
    badges = counted(len(selected.attendees), "badge")
    batch = [f"batch {selected.batch}"] if selected.batch else []
    return " · ".join([badges, *selection.types, *selection.designs, *batch])


def png_path(output: Path, page: int, pages: int) -> Path:
    """Return the path of `page`, counted from 1, of `pages`: `contact-sheet-01.png`."""
    return output.with_stem(f"{output.stem}-{page:0{len(str(pages))}}")


class ContactSheet:
    """The contact sheet of `people`, whose PDFs are in `badges_dir`, under `title`.

    After `write`, `missing` has those whose PDF is missing or broken.
    """

    def __init__(
        self, people: Sequence[Attendee], badges_dir: Path, title: str, paper: Sheet = "a4"
    ) -> None:
        self._badges = people
        self._storage = Storage(badges_dir)
        self._title = title
        self._paper = paper
        self.missing: list[Attendee] = []

    def write(self, output: Path, progress: Progress = lambda _placed: None) -> int:
        """Write the sheet to `output`, and return the number of pages.

        `progress` is called with the number of newly placed badges. Raises `SheetError`.
        """
        self.missing.clear()
        grid = ContactGrid.best(self._paper, self._usual_size_mm(), len(self._badges))
        pages = list(batched(self._badges, grid.columns * grid.rows))
        write = self._write_pngs if output.suffix.lower() == ".png" else self._write_pdf
        try:
            write(output, grid, pages, progress)
        except OSError as error:
            raise SheetError(f"can't write {output}: {error.strerror or error}") from error
        return len(pages)

    def _write_pdf(self, output: Path, grid: ContactGrid, pages: Pages, progress: Progress) -> None:
        captions = Captions(SHEETS[self._paper])
        with replacing(output) as file:
            writer = PdfWriter(file)
            for number, people in enumerate(pages, 1):
                self._write_page(writer, grid, captions, f"page {number} of {len(pages)}", people)
                progress(len(people))
            writer.close({}, None)

    def _write_pngs(self, output: Path, grid: ContactGrid, pages: Pages, progress: Progress) -> None:
        captions = Captions(SHEETS[self._paper])
        width_px = round(SHEETS[self._paper][0] / MM_PER_INCH * DPI)
        for number, people in enumerate(pages, 1):
            page = io.BytesIO()  # each page is a document, since pdfium keeps what it has read of one
            writer = PdfWriter(page)
            self._write_page(writer, grid, captions, f"page {number} of {len(pages)}", people)
            writer.close({}, None)
            with replacing(png_path(output, number, len(pages))) as file:
                picture = first_page(page.getvalue(), width_px)
                picture.save(file, "PNG", dpi=(DPI, DPI), compress_level=3)
            progress(len(people))

    def _usual_size_mm(self) -> tuple[float, float]:
        for attendee in self._badges:
            try:
                with BadgePdf(self._storage.find(attendee)).open() as pdf:
                    facts = BadgeFacts.of(pdf)
                    return facts.width_mm, facts.height_mm
            except SheetError:
                continue
        return USUAL_MM

    def _write_page(
        self,
        writer: PdfWriter,
        grid: ContactGrid,
        captions: Captions,
        label: str,
        people: Sequence[Attendee],
    ) -> None:
        width, height = SHEETS[self._paper]
        forms: dict[str, int] = {}
        drawing: list[str] = []
        texts: list[Caption] = []
        for place, attendee in enumerate(people):
            picture = grid.picture(place)
            problem = None
            try:
                with BadgePdf(self._storage.find(attendee)).open() as pdf:
                    size = BadgeFacts.of(pdf)  # raises if it is not a badge
                    name = f"/B{place}"
                    forms[name] = writer.copy_stream(form(pdf.pages[0]), {})
                    factor = scale((size.width_mm, size.height_mm), picture)
                    drawing.append(_drawn(pdf.pages[0], name, picture, factor, height))
            except SheetError:
                self.missing.append(attendee)
                problem = "PDF missing" if not self._storage.find(attendee).exists() else "PDF broken"
            texts.append(Caption(attendee.name, grid.caption(place), picture, problem))
        with pikepdf.open(io.BytesIO(captions.pdf(grid.header, self._title, label, texts))) as pdf:
            copied: Copied = {}
            forms["/Text"] = writer.copy_stream(form(pdf.pages[0]), copied)
        content = f"{FRAME}\n{''.join(drawing)}/Text Do"
        writer.add_page((width * MM, height * MM), content.encode(), forms)


def _drawn(page: pikepdf.Page, name: str, box: Box, factor: float, height_mm: float) -> str:
    """Return the operators that draw the form `name`, made of `page`, at the bottom of `box`, framed."""
    left, bottom, right, top = (float(side) for side in page.trimbox)
    width, height = (right - left) * factor, (top - bottom) * factor
    x = (box.left_mm + box.width_mm / 2) * MM - width / 2
    y = (height_mm - box.top_mm - box.height_mm) * MM
    dx, dy = x - left * factor, y - bottom * factor
    return (
        f"q {factor:.5f} 0 0 {factor:.5f} {dx:.3f} {dy:.3f} cm {name} Do Q\n"
        f"{x:.3f} {y:.3f} {width:.3f} {height:.3f} re S\n"
    )
