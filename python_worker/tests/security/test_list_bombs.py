"""Attack: a small spreadsheet that takes all memory to read."""

import zipfile
from pathlib import Path

import pytest

from badge_forge.errors import ListError
from badge_forge.lists.tables import read_table
from list_files import write_xlsx

SHEET = "xl/worksheets/sheet1.xml"

FAR = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'


def test_a_spreadsheet_with_a_cell_in_its_last_corner_is_refused(tmp_path: Path) -> None:
    plain = write_xlsx(tmp_path / "plain.xlsx", {"Sheet": [["Name"], ["Ada"]]})
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(tmp_path / "far.xlsx", "w") as far:
        for name in source.namelist():
            content = source.read(name).decode()
            far.writestr(name, content.replace("</sheetData>", FAR) if name == SHEET else content)
    assert [row.cells for row in read_table(plain).rows] == [["Name"], ["Ada"]]
    with pytest.raises(ListError, match="it takes more than 2 GiB or 60 s: delete the cells far from"):
        read_table(tmp_path / "far.xlsx")
