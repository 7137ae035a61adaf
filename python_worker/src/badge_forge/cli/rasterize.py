"""Convert a PDF to an image."""

import pypdfium2
from PIL import Image

GAP_PX = 24
"""White space between two pages, in pixels."""


def rasterize(pdf: bytes, dpi: float) -> Image.Image:
    """Return an image of all pages of `pdf`, side by side, at `dpi` pixels per inch."""
    document = pypdfium2.PdfDocument(pdf)
    pages: list[Image.Image] = [page.render(scale=dpi / 72).to_pil().convert("RGB") for page in document]
    if len(pages) == 1:
        return pages[0]
    width = sum(page.width for page in pages) + GAP_PX * (len(pages) - 1)
    whole = Image.new("RGB", (width, max(page.height for page in pages)), "white")
    x = 0
    for page in pages:
        whole.paste(page, (x, 0))
        x += page.width + GAP_PX
    return whole
