"""WeasyPrint as a newcomer writes it: the baseline that everything is compared with. Left as it is."""

from pathlib import Path

from weasyprint import HTML


def write_badge(html: str, path: Path) -> None:
    """Write the PDF of `html` to `path`."""
    HTML(string=html).write_pdf(path)
