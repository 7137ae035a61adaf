"""Every row that can't become a badge is told with its row, field, reason and value."""

import csv
from pathlib import Path

import pytest

from badge_forge.events.event import Event, load_event
from badge_forge.lists.person import Problem
from badge_forge.lists.reading import read_list
from badge_forge.lists.rejected import write_rejected
from badge_forge.lists.safe_cells import safe_cell, unsafe_cell
from badge_forge.lists.suspicious import is_mojibake
from badge_forge.lists.types import TypesOfTickets
from list_files import NAMES, Date, record, write_csv, write_xlsx

HEADERS = (
    "Order #",
    "First Name",
    "Last Name",
    "Email",
    "Quantity",
    "Ticket Type",
    "Attendee #",
    "Attendee Status",
    "Job Title",
    "Company",
    "Pronouns",
    "Badge name",
    "Website",
)

GOOD = {
    "Order__": "1",
    "Email": "a{n}@x.org",
    "Quantity": 1,
    "Attendee__": "{n}",
    "Attendee_Status": "Attending",
}

INVALID: list[tuple[str, str, dict[str, object]]] = [
    # What the report says, the field, and the cells that differ from a good row.
    ("is empty", "name", {"First_Name": "", "Last_Name": ""}),
    ("is empty", "name", {"First_Name": "\u200b", "Last_Name": " \u00a0"}),
    ("is a placeholder", "given", {"First_Name": "-", "Last_Name": ""}),
    ("is a placeholder", "given", {"First_Name": "N/A"}),
    ("is a placeholder", "family", {"Last_Name": "TBD"}),
    ("is a number", "given", {"First_Name": "12345"}),
    ("is a number", "family", {"Last_Name": "007"}),
    ("is a number in the spreadsheet", "given", {"First_Name": 7}),
    ("is a date in the spreadsheet", "family", {"Last_Name": Date(46054)}),
    ("is a date", "family", {"Last_Name": "1-2"}),
    ("is a date", "given", {"First_Name": "2026-01-02"}),
    ("is a date", "given", {"First_Name": "2-Jan"}),
    ("has no letter", "given", {"First_Name": "***"}),
    ("is an e-mail address", "given", {"First_Name": "ann@example.org"}),
    ("is a web address", "family", {"Last_Name": "https://example.org"}),
    ("is a formula", "given", {"First_Name": '=HYPERLINK("http://x")'}),
    ("is an error of a formula", "family", {"Last_Name": "#NAME?"}),
    ("is an error of a formula", "company", {"Company": "#REF!"}),
    ("has the replacement character", "given", {"First_Name": "J\ufffdrgen"}),
    ("has the replacement character", "company", {"Company": "Gr\ufffd\ufffde"}),
    ("is UTF-8 that was read in another encoding", "given", {"First_Name": "JÃ¼rgen"}),
    ("is UTF-8 that was read in another encoding", "family", {"Last_Name": "Å\u0081ukasz"}),
    ("is UTF-8 that was read in another encoding", "company", {"Company": "GrÃ¶ÃŸe"}),
    ("has a ? where a letter was lost", "family", {"Last_Name": "M?ller"}),
    ("has a ? where a letter was lost", "family", {"Last_Name": "?verland"}),
    ("has a control character", "given", {"First_Name": "An\u0085n\u0081"}),
    ("has an HTML entity", "family", {"Last_Name": "O&#39;Brien"}),
    ("has an HTML entity", "company", {"Company": "M&uuml;ller"}),
    ("at most 200 characters", "name", {"First_Name": "A" * 201}),
    ("at most 200 characters", "company", {"Company": "A" * 201}),
    ("at most 200 characters", "title", {"Job_Title": "A" * 201}),
    ("at most 40 characters", "pronouns", {"Pronouns": "they/" * 10}),
    ("at most 40 characters", "badge_name", {"Badge_name": "A" * 41}),
    ("should not be blank", "badge_name", {"Badge_name": "\u3164"}),
    ("should be an e-mail address", "email", {"Email": "ann"}),
    ("should be an e-mail address", "email", {"Email": "ann@x.org; bob@x.org"}),
    ("should be an e-mail address", "email", {"Email": "ann @x.org"}),
    ("at most 254 characters", "email", {"Email": "a" * 250 + "@x.org"}),
    ("should begin with https:// or http://", "url", {"Website": "ftp://example.org"}),
    ("at most 200 characters", "url", {"Website": "example.org/" + "a" * 200}),
    ("should be a whole number", "quantity", {"Quantity": "some"}),
    ("is more than one person", "quantity", {"Quantity": 3}),
    ("is not known", "status", {"Attendee_Status": "Perhaps"}),
    ("is that of row 2, with another name", "ticket", {"Attendee__": "good"}),
    (
        "is that of row 2, with the same e-mail address",
        "name",
        {"First_Name": "Good", "Email": "good@x.org"},
    ),
]


@pytest.fixture
def event(tmp_path: Path) -> Event:
    (tmp_path / "my-conf.toml").write_text('name = "My Conf"')
    return load_event("my-conf", tmp_path)


def test_each_kind_of_invalid_row_is_reported_and_written_to_a_file(
    event: Event, tmp_path: Path
) -> None:
    assert len(INVALID) >= 40
    rows: list[list[object]] = [list(HEADERS)]
    good = {"First_Name": "Good", "Last_Name": "Person", "Email": "good@x.org", "Attendee__": "good"}
    rows.append(record(HEADERS, **(GOOD | good)))
    for number, (_reason, _field, cells) in enumerate(INVALID):
        usual = {
            key: value.format(n=number) if isinstance(value, str) else value
            for key, value in GOOD.items()
        }
        rows.append(
            record(
                HEADERS,
                **(
                    usual
                    | {"First_Name": f"Ann{'abcdefghij'[number % 10]}", "Last_Name": "Person"}
                    | cells
                ),
            )
        )
    rows.append([*HEADERS])
    found = read_list(
        write_xlsx(tmp_path / "list.xlsx", {"Sheet": rows}),
        event,
        TypesOfTickets(event, {}, ["attendee"]),
        {},
    )
    assert [person.name for person in found.people] == ["Good Person"]
    told: dict[int, Problem] = {}
    for problem in found.problems:
        told.setdefault(problem.row, problem)
    for row, (reason, field, _cells) in enumerate(INVALID, 3):
        problem = told.pop(row)
        assert (problem.field, reason in problem.reason) == (field, True), (row, problem)
    assert [problem.reason[:20] for problem in told.values()] == ["repeats the headers"]

    path = tmp_path / "list.rejected.csv"
    write_rejected(path, found.columns.headers, found.rejected)
    with path.open(encoding="utf-8-sig", newline="") as file:
        written = list(csv.reader(file))
    assert written[0] == ["Row", "Field", "Reason", "Value", *HEADERS]
    assert len(written) == 1 + len(found.problems)
    (formula,) = (line for line in written if "HYPERLINK" in line[3])
    assert formula[3] == """'=HYPERLINK("http://x")"""
    assert path.stat().st_mode & 0o077 == 0


def test_a_row_with_more_cells_than_headers_is_invalid(event: Event, tmp_path: Path) -> None:
    rows = [["Name", "Firma"], ["Ann", "Bee, Inc.", "", ""], ["Ann", "Bee", "Inc."]]
    found = read_list(
        write_csv(tmp_path / "list.csv", rows), event, TypesOfTickets(event, {}, ["attendee"]), {}
    )
    assert [person.row for person in found.people] == [2]
    assert [(problem.row, problem.reason[:37]) for problem in found.problems] == [
        (3, "has 3 cells, but there are 2 headers:")
    ]


@pytest.mark.parametrize(
    "name",
    [
        *NAMES,
        "José Ã",
        "JOÃO",
        "Þór",
        "Ærø",
        "Ÿ",
        "ÀÉÎ Õ",
        "Nguyễn Văn Ổn",
        "Σίγμα",
        "Ҽ",
        "Ǣ",
        "Mädchen Ä",
        "Ní Dhúill",
        "Na Null",
        "X Æ A-12",
        "Jo",
        "李",
        "Dr. H. C. May",
        "April March",
        "Jan Mai",
        "D'Arcy",
        "O",
        "Ng",
        "Test User",
        "Null Pointer",
        "Mr. T",
        "Anne-Marie",
        "Öö",
        "Ñ",
        "Åß",
        "3rd Rock",
        "Guest of Honour",
    ],
)
def test_a_real_name_is_not_taken_for_damage(name: str, event: Event, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "list.csv", [["Name", "Firma"], [name, "x"]])
    found = read_list(path, event, TypesOfTickets(event, {}, ["attendee"]), {})
    assert [person.name for person in found.people] == [name], found.problems


def test_utf_8_read_as_cp1252_is_recognised_in_every_name() -> None:
    for name in NAMES:
        damaged = "".join(
            bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in name.encode("utf-8")
        )
        assert is_mojibake(damaged), damaged
        assert not is_mojibake(name)


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "Ann", "'Ann", "", "'"]
)
def test_a_cell_is_safe_and_comes_back_unchanged(text: str) -> None:
    assert not safe_cell(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))
    assert unsafe_cell(safe_cell(text)) == text
