"""Limit what a page can fetch to the files of its design and the fonts shipped with Badge Forge."""

import mimetypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import font_source_sans_pro
from jinja2 import FileSystemLoader, TemplateNotFound

from badge_forge.designs.design import Design
from badge_forge.errors import DesignError
from badge_forge.files import read_regular
from badge_forge.rendering.weasyprint_internals import (
    FatalURLFetchingError,
    URLFetcher,
    URLFetcherResponse,
)
from badge_forge.text.text import cut

FONTS = Path(font_source_sans_pro.__file__).resolve().parent / "files"

SHOWN_URL_LENGTH = 60
"""Maximum length of a URL in an error, in characters. A `data:` URL contains a whole file."""


class _Content(URLFetcherResponse):  # type: ignore[misc]
    """A fetched file without its path. With a path, WeasyPrint reads images again, without any check."""

    path = None


class DesignFetcher(URLFetcher):  # type: ignore[misc]
    """URL fetcher for `file:` URLs inside the design's folder, and `font:` URLs of the shipped fonts.

    `used` contains the design's files that were fetched. `OwnFilesLoader` adds the templates.
    """

    def __init__(self, design: Design) -> None:
        super().__init__(allowed_protocols=["file", "font"], allow_redirects=False)
        self._design = design
        self.used: set[Path] = set()

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """Return the content of `url`. Raises `FatalURLFetchingError` if the design can't read it."""
        path = self._resolve(url)
        try:
            content = read_regular(path)
        except OSError as error:
            raise FatalURLFetchingError(
                f"the design {self._design.name} can't read {_file_name(url)}: {error.strerror}"
            ) from error
        if path.is_relative_to(self._design.folder):
            self.used.add(path)
        content_type, _ = mimetypes.guess_type(path.name)
        return _Content(url, content, {"Content-Type": content_type or "application/octet-stream"})

    def _resolve(self, url: str) -> Path:
        scheme, _, rest = url.partition(":")
        if scheme == "font" and (path := (FONTS / rest).resolve()).is_relative_to(FONTS):
            return path
        parts = urlsplit(url)
        if scheme == "file" and not parts.netloc:
            path = Path(url2pathname(parts.path)).resolve()
            if path.is_relative_to(self._design.folder):
                return path
        raise FatalURLFetchingError(
            f"the design {self._design.name} may fetch its own files only, "
            f"not {cut(url, SHOWN_URL_LENGTH)}"
        )


class OwnFilesLoader(FileSystemLoader):
    """Jinja loader for templates in `folders`. It rejects links to files outside of these.

    It adds the files that it loads to `used`.
    """

    def __init__(self, folders: Sequence[Path], used: set[Path]) -> None:
        super().__init__(folders)
        self._used = used

    def get_source(self, environment: Any, template: str) -> Any:
        """Load a template. Raises `TemplateNotFound` if it links to a file outside `folders`."""
        source, path, fresh = super().get_source(environment, template)
        if not any(Path(path).resolve().is_relative_to(folder) for folder in self.searchpath):
            raise TemplateNotFound(
                template, f"{template} links to a file outside the design: copy it there"
            )
        self._used.add(Path(path))
        return source, path, fresh


@contextmanager
def convert_fetch_errors() -> Iterator[None]:
    """Raise `DesignError` in place of `FatalURLFetchingError`.

    WeasyPrint derives that from `BaseException`, which `except Exception` and Oban do not catch.
    """
    try:
        yield
    except FatalURLFetchingError as error:
        raise DesignError(str(error)) from error


def _file_name(url: str) -> str:
    return url if url.startswith("font:") else Path(urlsplit(url).path).name
