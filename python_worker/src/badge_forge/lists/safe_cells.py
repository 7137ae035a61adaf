"""Cells of a CSV that no spreadsheet takes for formulas (OWASP, "CSV Injection")."""

from collections.abc import Iterable

FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"  # full-width characters start a formula in Japanese Excel


def safe_cell(text: str) -> str:
    """Return `text` so that a spreadsheet displays it instead of evaluating it.

    An apostrophe goes before a character that begins a formula. `import` removes it again.
    """
    return f"'{text}" if text[:1] and text[0] in FORMULA_STARTS else text


def unsafe_cell(cell: str) -> str:
    """Return the text of a cell that `safe_cell` or a spreadsheet has protected."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] and cell[1] in FORMULA_STARTS else cell


def safe_row(cells: Iterable[str]) -> list[str]:
    """Return `cells`, each safe."""
    return [safe_cell(cell) for cell in cells]
