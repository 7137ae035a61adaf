"""The baseline of all comparisons: the simplest use of WeasyPrint. Do not optimize it."""

from pathlib import Path

from weasyprint import HTML


def write_badge(html: str, path: Path) -> None:
    """Write the PDF of `html` to `path`."""
    HTML(string=html).write_pdf(path)
