"""What a page may fetch: its design's own files, the fonts that come with Badge Forge, nothing else."""

import mimetypes
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import font_source_sans_pro
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from badge_forge.design import Design

FONTS = Path(font_source_sans_pro.__file__).parent / "files"


class DesignFetcher(URLFetcher):  # type: ignore[misc]
    """Fetches `file:` URLs inside the design's folder, and `font:` files that we ship."""

    def __init__(self, design: Design) -> None:
        super().__init__(allowed_protocols=["file", "font"], allow_redirects=False)
        self._design = design

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """Return the file behind `url`. Raises `FatalURLFetchingError` if it is not the design's."""
        path = self._resolve(url)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise FatalURLFetchingError(
                f"the design {self._design.name} can't read {_shown(url)}: {error.strerror}"
            ) from error
        content_type, _ = mimetypes.guess_type(path.name)
        return URLFetcherResponse(
            url, content, {"Content-Type": content_type or "application/octet-stream"}
        )

    def _resolve(self, url: str) -> Path:
        scheme, _, rest = url.partition(":")
        if scheme == "font" and (path := (FONTS / rest).resolve()).is_relative_to(FONTS):
            return path
        if scheme == "file":
            path = Path(url2pathname(urlsplit(url).path)).resolve()
            if path.is_relative_to(self._design.folder):
                return path
        raise FatalURLFetchingError(
            f"the design {self._design.name} may fetch its own files only, not {url}"
        )


def _shown(url: str) -> str:
    return url if url.startswith("font:") else Path(urlsplit(url).path).name
