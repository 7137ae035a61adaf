"""Two fonts with one description are not mixed up."""

import io
from pathlib import Path

import pikepdf
import pypdfium2
from PIL import Image, ImageChops

from badge_forge.attendee import Attendee
from badge_forge.designs.design import Design
from badge_forge.rendering.renderer import Renderer
from helpers import badge_args, make_design

STYLE = "font: italic bold 30px 'DejaVu Sans'; margin: 0; position: absolute; left: 30px"
"""DejaVu Sans has an italic file with Arabic letters. Lao letters are slanted from the upright file."""


def page_of(folder: Path, *lines: str) -> bytes:
    design = make_design(
        folder,
        "".join(f'<p style="top: {100 * at}px">{line}</p>' for at, line in enumerate(lines)),
        f"p {{ {STYLE} }}",
    )
    return Renderer(Design.load(design.folder)).render(Attendee.from_args(badge_args())).pdf


def picture(pdf: bytes, line: int) -> Image.Image:
    """Return the ink of a line."""
    page = pypdfium2.PdfDocument(pdf)[0].render(scale=2, grayscale=True).to_pil()
    top = round(2 * 72 / 96 * 100 * line)
    return ImageChops.invert(page).crop((0, top, page.width, top + 140))


def test_a_slanted_font_keeps_its_glyphs_beside_an_italic_one(tmp_path: Path) -> None:
    both = page_of(tmp_path / "both", "العربية", "ເອກ")
    lao = page_of(tmp_path / "lao", "", "ເອກ")
    assert picture(lao, 1).getbbox()
    assert ImageChops.difference(picture(both, 1), picture(lao, 1)).getbbox() is None
    with pikepdf.open(io.BytesIO(both)) as pdf:
        assert len(pdf.pages[0].Resources.Font) == 2
