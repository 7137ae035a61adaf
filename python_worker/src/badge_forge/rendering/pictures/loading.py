"""Load the pictures of a design, once for all badges of a renderer."""

import base64
import binascii
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import unquote, unquote_to_bytes, urldefrag, urlsplit
from urllib.request import url2pathname
from xml.etree.ElementTree import tostring

from badge_forge.rendering.bounded import Bounded
from badge_forge.rendering.cmyk import CmykProfile
from badge_forge.rendering.fetching import SHOWN_URL_LENGTH, DesignFetcher
from badge_forge.rendering.pictures.pdf_page import PdfPage
from badge_forge.rendering.pictures.picture import Picture, PictureError, naming
from badge_forge.rendering.pictures.raster import RasterPicture
from badge_forge.rendering.pictures.svg import SvgPicture, parsed
from badge_forge.rendering.weasyprint_internals import HTML_HANDLERS, make_replaced_box
from badge_forge.text.text import cut

KEPT = 64
"""The number of pictures that are kept for the next badges."""

SVG_START = b"<svg"


SVG_ELEMENT = "{http://www.w3.org/2000/svg}svg"

_weasyprint_handles_svg = HTML_HANDLERS[SVG_ELEMENT]


class Pictures:
    """The pictures of a design. `fetcher` reads its files.

    With a `cmyk` profile, they are in CMYK. Pictures of SVGs are loaded here, too.
    """

    font_config = None

    def __init__(self, fetcher: DesignFetcher, cmyk: CmykProfile | None) -> None:
        self.fetcher = fetcher
        self.cmyk = cmyk
        self._loaded = Bounded[str, Picture](KEPT)

    def get(self, url: str) -> Picture:
        """Return the picture at `url`: a file of the design, or a `data:` URL, which contains it.

        Raises `DesignError`, with the name of the file and the reason, if it can't be drawn, and
        `FatalURLFetchingError` if the design can't read it.
        """
        if url not in self._loaded:
            self._loaded[url] = self._load(url)
        return self._loaded[url]

    def get_image_from_uri(self, url: str, **_options: Any) -> Picture:
        """Return the picture at `url`, which is in an SVG. Called by WeasyPrint."""
        return self.get(url)

    def svg(self, name: str, tree: Any, url: str) -> SvgPicture:
        """Return the SVG in `tree`, which errors call `name`. URLs in it are relative to `url`."""
        return SvgPicture(name, tree, url, self)

    def inline(self, element: Any, url: str) -> Picture:
        """Return the picture of an `svg` element of a page at `url`."""
        key = f"inline:{sha256(tostring(element)).hexdigest()}"
        if key not in self._loaded:
            self._loaded[key] = self.svg("an svg element of the page", element, url)
        return self._loaded[key]

    def _load(self, url: str) -> Picture:
        name = _name(url)
        with naming(name):
            if url.lower().startswith("data:"):
                content, fragment = _data(url), ""
            else:
                address, fragment = urldefrag(url)
                try:
                    content = self.fetcher.fetch(address).read()
                except ValueError as error:  # the path contains a NUL
                    raise PictureError(f"its path is not valid: {error}") from error
        return self.decoded(name, content, url, fragment)

    def decoded(self, name: str, content: bytes, url: str, fragment: str = "") -> Picture:
        """Return the picture in `content`. URLs in it are relative to `url`; a PDF's page is `fragment`.

        Raises `DesignError`, with `name` and the reason, if it can't be drawn.
        """
        with naming(name):
            if b"%PDF-" in content[:1024]:
                return PdfPage(name, content, fragment, for_press=self.cmyk is not None)
            if SVG_START in content[:4096].lower() or content.lstrip()[:5] == b"<?xml":
                return self.svg(name, parsed(content), url)
            return RasterPicture(name, content, self.cmyk)


class PageImages(dict[str, Any]):
    """WeasyPrint's image cache for one page: `images` that are made for it, and those of `pictures`.

    Since the cache has every image, WeasyPrint loads none.
    """

    def __init__(self, pictures: Pictures, images: dict[str, Any]) -> None:
        super().__init__(images)
        self.pictures = pictures

    def __contains__(self, _url: object) -> bool:
        return True

    def __missing__(self, url: str) -> Picture:
        return self.pictures.get(url)


def load_inline_svgs() -> None:
    """Make WeasyPrint load the `svg` elements of HTML here. Further calls have no effect."""
    HTML_HANDLERS[SVG_ELEMENT] = _handle_svg


def _handle_svg(element: Any, box: Any, get_image: Any, base_url: str) -> Any:
    images = get_image.keywords["cache"]
    if not isinstance(images, PageImages):
        return _weasyprint_handles_svg(element, box, get_image, base_url)
    return [make_replaced_box(element, box, images.pictures.inline(element, base_url))]


def _name(url: str) -> str:
    if urlsplit(url).scheme == "file":
        return str(Path(url2pathname(urlsplit(url).path)))
    return cut(url, SHOWN_URL_LENGTH)


def _data(url: str) -> bytes:
    """Return the content of a `data:` URL (RFC 2397)."""
    head, comma, body = url.partition(",")
    if not comma:
        raise PictureError("the data: URL has no comma")
    content = unquote_to_bytes(body)
    if not unquote(head).lower().rstrip().endswith(";base64"):
        return content
    try:
        return base64.b64decode(content)
    except binascii.Error as error:
        raise PictureError(f"the data: URL is not valid Base64: {error}") from error
