"""What `make demo` shows fits 80 columns, and no name or reason controls the terminal."""

import io
import re
from datetime import UTC, datetime
from itertools import count

import pytest
from rich.cells import cell_len
from rich.console import Console

from badge_forge.cli.demo_view import progress_shown, show_badges, show_failures
from badge_forge.demo.batch import Badge, Progress
from badge_forge.demo.rendered import RenderedBadge

HOSTILE = [
    "Ada\x1b[2J\x1b]0;owned\x07 Lovelace",
    "[red]Grace[/red] [link=https://attack.example]Hopper[/link]",
    "Line\nbreak\r\tand\u2028more",
    "\u202egnisrever\u202c",
    "x" * 200,
    "王" * 200,
    "👩‍🚀" * 60,
    "\x00\x7f\x9b31m",
]
numbers = count(1)


def shown(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def console_of(width: int = 80, terminal: bool = False) -> Console:
    return Console(file=io.StringIO(), width=width, force_terminal=terminal, no_color=True)


def printed_badge(name: str) -> Badge:
    badge_id = f"0b7ad3a4-31a5-4a51-8b6b-{next(numbers):012x}"
    return Badge(badge_id, name, "organizer", printed=True, state="completed", error=None)


def rendered_badge(name: str, type_: str = "organizer") -> RenderedBadge:
    return RenderedBadge(next(numbers), name, type_, 0.0512, datetime.now(UTC))


@pytest.mark.parametrize("name", HOSTILE)
def test_the_table_fits_80_columns_with_any_name(name: str) -> None:
    console = console_of()
    show_badges(console, [printed_badge("Ada Lovelace"), printed_badge(name)])
    lines = shown(console).splitlines()
    assert len(lines) == 6  # one line per badge, and four of the frame
    assert {cell_len(line) for line in lines} == {cell_len(lines[0])}
    assert cell_len(lines[0]) <= 80
    assert "│ 0b7ad3a4 │ organizer │ Ada Lovelace " in lines[3]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_rendered_badge_is_one_row_with_name_type_and_duration(name: str) -> None:
    console = console_of()
    with progress_shown(console, 2) as show:
        show(Progress(rendered=1), [rendered_badge("Ada Lovelace"), rendered_badge(name, name)])
    first, second, progress = shown(console).splitlines()
    assert first.split() == ["Ada", "Lovelace", "organizer", "51", "ms"]
    assert second.endswith("    51 ms")
    assert cell_len(second) == cell_len(first) <= 80
    assert progress == "rendered 1/2, printed 0/2"


def escapes(output: str) -> set[str]:
    """Return the kinds of escape sequences in `output`, without their numbers."""
    return {re.sub(r"\d+", "", found) for found in re.findall(r"\x1b(?:\[[\d;?]*)?.", output)}


@pytest.mark.parametrize("terminal", [False, True])
@pytest.mark.parametrize("text", HOSTILE)
def test_no_name_or_reason_controls_the_terminal(text: str, terminal: bool) -> None:
    def output(text: str) -> str:
        console = console_of(terminal=terminal)
        with progress_shown(console, 2) as show:
            show(Progress(rendered=2, printed=2), [rendered_badge(text, text)])
        show_badges(console, [printed_badge(text)])
        show_failures(console, [Badge("", text, "", printed=False, state="cancelled", error=text)])
        return shown(console)

    controls = {char for char in output("Ada Lovelace") if not char.isprintable()}
    joiner = "\u200d"  # of emoji
    assert {char for char in output(text) if not char.isprintable()} <= controls | {joiner}
    # Not their number: a progress bar is drawn as often as there is time.
    assert escapes(output(text)) <= escapes(output("Ada Lovelace"))


def test_the_bars_follow_the_rows_on_a_terminal() -> None:
    console = console_of(terminal=True)
    with progress_shown(console, 2) as show:
        show(Progress(rendered=1), [rendered_badge("Ada Lovelace")])
        show(Progress(rendered=2, printed=2), [rendered_badge("Grace Hopper")])
    output = shown(console)
    assert output.index("Ada Lovelace") < output.index("Grace Hopper") < output.rindex("2/2")
