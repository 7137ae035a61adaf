"""A page of a PDF as a picture: a form XObject, which keeps vectors, fonts and inks as they are."""

import io
import re
from hashlib import sha256
from typing import Any

import pikepdf
import pydyf

from badge_forge.rendering.pictures.pdf_objects import CopiedObjects
from badge_forge.rendering.pictures.picture import PictureError, naming
from badge_forge.text.text import counted

PAGE = re.compile(r"page=(\d{1,4})")

SOURCE = re.compile(r"^stream <[^>]*>: ")
"""What pikepdf writes in place of a file name."""


class PdfPage:
    """A page of the PDF `content`, which errors call `name`: the first, or `fragment` is `page=NUMBER`.

    It is drawn up to its BleedBox, without crop marks. Raises `DesignError` if it can't be drawn, and
    `for_press` if it contains RGB.
    """

    def __init__(self, name: str, content: bytes, fragment: str, for_press: bool) -> None:
        self.id = sha256(f"{fragment}\0".encode() + content).hexdigest()
        """Names the picture in a PDF."""

        with naming(name):
            try:
                with pikepdf.open(io.BytesIO(content)) as pdf:
                    self._read(_page(pdf, fragment), for_press)
            except pikepdf.PasswordError as error:
                raise PictureError("the PDF needs a password; save it without one") from error
            except (pikepdf.PdfError, RuntimeError, ValueError, TypeError, KeyError) as error:
                raise PictureError(f"it is not a complete PDF: {SOURCE.sub('', str(error))}") from error

    def _read(self, page: pikepdf.Page, for_press: bool) -> None:
        left, bottom, right, top = (float(side) for side in page.bleedbox)
        form = page.as_form_xobject(handle_transformations=True)
        a, b, c, d, e, f = (float(number) for number in form.get("/Matrix", [1, 0, 0, 1, 0, 0]))
        corners = [(a * x + c * y + e, b * x + d * y + f) for x in (left, right) for y in (bottom, top)]
        xs, ys = zip(*corners, strict=True)
        self._left, self._bottom = min(xs), min(ys)
        self._width, self._height = max(xs) - min(xs), max(ys) - min(ys)
        if not (self._width > 0 and self._height > 0):
            raise PictureError("its page has no area")
        self._content = form.read_bytes()
        self._form = {
            "Type": "/XObject",
            "Subtype": "/Form",
            "BBox": pydyf.Array((left, bottom, right, top)),
            "Matrix": pydyf.Array((a, b, c, d, e, f)),
        }
        self._objects = CopiedObjects(form, for_press)

    def get_intrinsic_size(self, _resolution: float, _font_size: float) -> tuple[float, float, float]:
        """Return width and height in CSS pixels, and their ratio. Called by WeasyPrint."""
        return self._width * 96 / 72, self._height * 96 / 72, self._width / self._height

    def draw(self, stream: Any, width: float, height: float, _style: Any) -> None:
        """Draw on a `BadgeStream`, at `width` by `height` CSS pixels."""
        name = stream.add_image(self, interpolate=True, ratio=1)
        across, down = width / self._width, height / self._height
        stream.transform(across, 0, 0, -down, -across * self._left, height + down * self._bottom)
        stream.draw_x_object(name)

    def get_x_object(self, _interpolate: bool, _ratio: float) -> pydyf.Stream:
        """Return the form for a PDF. Called by WeasyPrint; `PageForm.complete` must be called, too."""
        return PageForm(self._content, self._form, self._objects)


class PageForm(pydyf.Stream):  # type: ignore[misc]
    """A form XObject whose resources are still missing."""

    def __init__(self, content: bytes, entries: dict[str, Any], objects: CopiedObjects) -> None:
        super().__init__([content], dict(entries), compress=True)
        self._objects = objects

    def complete(self, pdf: pydyf.PDF) -> None:
        """Add the form's resources to `pdf`.

        WeasyPrint would take them for its own if they were there when it writes the form.
        """
        self.extra |= self._objects.add_to(pdf)


def _page(pdf: pikepdf.Pdf, fragment: str) -> pikepdf.Page:
    match = PAGE.fullmatch(fragment)
    number = int(match[1]) if match else 1
    if not 1 <= number <= len(pdf.pages):
        raise PictureError(f"there is no page {number}: it has {counted(len(pdf.pages), 'page')}")
    properties: Any = pdf.Root.get("/OCProperties", {})
    layers = properties.get("/D", {})
    if len(layers.get("/OFF", [])) or layers.get("/BaseState", "/ON") != "/ON":
        raise PictureError("the PDF has hidden layers, which would be visible; remove them")
    page = pdf.pages[number - 1]
    if "/Annots" in page.obj and len(page.obj.Annots):
        raise PictureError("its page has annotations, which would be missing; flatten the PDF")
    return page
