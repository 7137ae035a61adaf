"""Limit what a page can fetch to the files of its design and the fonts shipped with Badge Forge."""

import mimetypes
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import font_source_sans_pro
from jinja2 import BaseLoader, TemplateNotFound
from jinja2.loaders import split_template_path

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
        # Never used. Without it, WeasyPrint loads the system's certificates, which takes as long as
        # rendering three badges.
        no_certificates = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        super().__init__(
            ssl_context=no_certificates, allowed_protocols=["file", "font"], allow_redirects=False
        )
        self._design = design
        self.used: set[Path] = set()

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """Return the content of `url`. Raises `FatalURLFetchingError` if the design can't read it."""
        try:
            path, folder = self._resolve(url)
            content = read_regular(path, folder)
        except OSError as error:
            raise FatalURLFetchingError(
                f"the design {self._design.name} can't read {_file_name(url)}: {error.strerror}"
            ) from error
        if folder == self._design.folder:
            self.used.add(path)
        content_type, _ = mimetypes.guess_type(path.name)
        return _Content(url, content, {"Content-Type": content_type or "application/octet-stream"})

    def _resolve(self, url: str) -> tuple[Path, Path]:
        """Return the path of a file, without links, and the folder that it must be in."""
        scheme, _, rest = url.partition(":")
        if scheme == "font" and (path := (FONTS / rest).resolve()).is_relative_to(FONTS):
            return path, FONTS
        parts = urlsplit(url)
        if scheme == "file" and not parts.netloc:
            path = Path(url2pathname(parts.path)).resolve()
            if path.is_relative_to(self._design.folder):
                return path, self._design.folder
        raise FatalURLFetchingError(
            f"the design {self._design.name} may fetch its own files only, "
            f"not {cut(url, SHOWN_URL_LENGTH)}"
        )


class OwnFilesLoader(BaseLoader):
    """Jinja loader for templates in `folders`. It rejects links to files outside of these.

    It adds the files that it loads to `used`.
    """

    def __init__(self, folders: Sequence[Path], used: set[Path]) -> None:
        self._folders = folders
        self._used = used

    def get_source(self, environment: Any, template: str) -> tuple[str, str, Callable[[], bool]]:
        """Load a template.

        Raises `TemplateNotFound` if it does not exist, or links to a file outside `folders`.
        """
        names = split_template_path(template)  # without ".."
        for folder in self._folders:
            path = folder.joinpath(*names)
            try:
                source = self._read(path, template).decode()
            except (FileNotFoundError, NotADirectoryError):
                continue
            except (OSError, UnicodeDecodeError) as error:
                reason = getattr(error, "strerror", None) or error
                raise TemplateNotFound(template, f"can't read {template}: {reason}") from error
            self._used.add(path)
            return source, str(path), lambda: True  # a changed design has another renderer
        raise TemplateNotFound(template)

    def _read(self, path: Path, template: str) -> bytes:
        target = path.resolve()
        for folder in self._folders:
            if target.is_relative_to(folder):
                return read_regular(target, folder)
        raise TemplateNotFound(template, f"{template} links to a file outside the design: copy it there")


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
