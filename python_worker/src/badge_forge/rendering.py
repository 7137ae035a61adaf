"""An `Attendee` in, PDF bytes out. Here, and nowhere else, a badge is rendered.

Knows nothing of queues, databases or processes.
"""

import mimetypes
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import font_source_sans_pro
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from badge_forge.attendee import Attendee
from badge_forge.errors import RenderingError
from badge_forge.glyphs import none_missing

DESIGNS = Path(__file__).parent / "designs"
FONTS = Path(font_source_sans_pro.__file__).parent / "files"


class Renderer:
    """Renders badges in one design. What a design needs once is read once and kept.

    `design` is a folder with `badge.html.jinja` and `badge.css`.
    """

    def __init__(self, design: Path = DESIGNS / "conf-4x6") -> None:
        self.design = design
        self._fetcher = DesignFetcher(design)
        # One for all badges: WeasyPrint never gives a font configuration's memory back.
        self._fonts = FontConfiguration()

    def render(self, attendee: Attendee) -> bytes:
        """Return the attendee's badge: a PDF of one page.

        Raises `RenderingError` if the design asks for a file that is not its own, or if no font draws a
        character: a badge with a box in a name is never released.
        """
        html = self._template.render(attendee=attendee, size=_size(attendee.name))
        try:
            document = HTML(string=html, base_url=self._base_url, url_fetcher=self._fetcher)
            with none_missing():
                pdf = document.write_pdf(stylesheets=[self._css], font_config=self._fonts)
        except FatalURLFetchingError as error:
            # A BaseException, which neither a process pool nor Oban would take for an error.
            raise RenderingError(str(error)) from error
        assert isinstance(pdf, bytes)  # write_pdf returns None only when it is given a target
        return pdf

    @property
    def _base_url(self) -> str:
        return self.design.as_uri() + "/"

    @cached_property
    def _css(self) -> Any:
        return CSS(
            filename=self.design / "badge.css", font_config=self._fonts, url_fetcher=self._fetcher
        )

    @cached_property
    def _template(self) -> Any:
        environment = Environment(
            loader=FileSystemLoader(self.design), autoescape=True, undefined=StrictUndefined
        )
        return environment.get_template("badge.html.jinja")


class DesignFetcher(URLFetcher):  # type: ignore[misc]
    """Lets a page fetch its design's own files, `font:` files that we ship, and nothing else."""

    def __init__(self, design: Path) -> None:
        super().__init__(allowed_protocols=["file", "font"], allow_redirects=False)
        self._design = design.resolve()

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """Return the file behind `url`. Raises `FatalURLFetchingError` if it is not the design's."""
        path = self._resolve(url)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise FatalURLFetchingError(
                f"the design {self._design.name} can't read {path.name}: {error.strerror}"
            ) from error
        content_type, _ = mimetypes.guess_type(path.name)
        return URLFetcherResponse(
            url, content, {"Content-Type": content_type or "application/octet-stream"}
        )

    def _resolve(self, url: str) -> Path:
        scheme, _, rest = url.partition(":")
        folder = FONTS if scheme == "font" else self._design
        path = (folder / rest if scheme == "font" else _file_path(url)).resolve()
        if not path.is_relative_to(folder):
            raise FatalURLFetchingError(
                f"the design {self._design.name} may fetch its own files only, not {url}"
            )
        return path


def _size(name: str) -> str:
    """Return the CSS class whose font size suits `name`."""
    for length, size in ((18, "short"), (36, "medium"), (90, "long")):
        if len(name) <= length:
            return size
    return "longest"


def _file_path(url: str) -> Path:
    """Return the path of a `file:` URL (`Path.from_uri` needs Python 3.13)."""
    return Path(url2pathname(urlsplit(url).path))
