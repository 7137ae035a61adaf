"""Each failure has a cause in a few words and the command that fixes it."""

import pytest

from badge_forge.attendee import Attendee
from badge_forge.errors import InputError
from badge_forge.views.remedies import CAUSE_LENGTH, remedy
from helpers import badge_args

PRESS = "badge_forge.errors.RenderingError: "


@pytest.mark.parametrize(
    ("queue", "reason", "cause", "command"),
    [
        (
            "badges",
            "design: there is no design a7; there are a6; `bin/badge-forge design new a7` creates one",
            "unknown design a7",
            "bin/badge-forge design new a7",
        ),
        (
            "badges",
            "event_slug: there is no event my-conf: there are no events yet; `bin/badge-forge event new",
            "unknown event my-conf",
            "bin/badge-forge event new my-conf",
        ),
        (
            "badges",
            "type: neither the event nor the design knows 'press': they know attendee; declare it in",
            "unknown type press",
            "bin/badge-forge retry 7",
        ),
        (
            "badges",
            f"{PRESS}cannot render badge 7b: /srv/my-conf/ada.png: there is no such file: add the "
            "photo; the job will be retried",
            "a photo is missing",
            "bin/badge-forge retry 7",
        ),
        (
            "badges",
            f"{PRESS}cannot render badge 7b: /srv/events/my-conf.toml: place: is missing",
            "broken event my-conf",
            "bin/badge-forge event check my-conf",
        ),
        (
            "badges",
            f"{PRESS}cannot render badge 7b: the design mine: badge.html.jinja line 3: no end of block",
            "broken design mine",
            "bin/badge-forge design check mine",
        ),
        (
            "badges",
            f"{PRESS}cannot render badge 7b: /home/me/designs/mine/design.toml: page: Field required",
            "broken design mine",
            "bin/badge-forge design check mine",
        ),
        (
            "badges",
            f"{PRESS}cannot render badge 7b: no font on this machine draws U+1F600; run",
            "a character without a font",
            "bin/badge-forge doctor",
        ),
        (
            "badges",
            f"{PRESS}badge 7b took longer than 60 s (RENDER_TIMEOUT_S), its renderer was killed",
            "rendering took too long",
            "bin/badge-forge retry 7",
        ),
        (
            "badges",
            f"{PRESS}the renderer of badge 7b died with exit code -9; the job will be retried",
            "a renderer died",
            "bin/badge-forge retry 7",
        ),
        (
            "badges",
            "badge_forge.errors.StorageError: cannot write /b/a.pdf: No space left on device",
            "a PDF cannot be stored",
            "bin/badge-forge retry 7",
        ),
        (
            "printing",
            "** (Oban.PerformError) BadgeForge.PrintCenter failed with {:cancel, "
            '"unknown: check the tray: desk-1: the printer has lost the job"}',
            "unknown: check the tray",
            "bin/badge-forge reprint 7",
        ),
        (
            "printing",
            "office: wrong paper or settings, it does not support media",
            "wrong paper or settings",
            "bin/badge-forge printers check --event SLUG",
        ),
        ("badges", "name: is missing", "wrong entry: name", None),
        ("badges", "cancelled by hand", "cancelled by hand", "bin/badge-forge retry 7"),
        (
            "printing",
            "file: no such file in /b, render it again with `badge-forge retry 7`: a.pdf",
            "the PDF is missing",
            "bin/badge-forge retry 7",
        ),
        (
            "printing",
            "sha256: is not that of the file: it was changed or replaced, got: 0",
            "the PDF was changed",
            "bin/badge-forge retry 7",
        ),
        (
            "printing",
            "path: is outside the badges folder, got: /x/a.pdf",
            "another badges folder",
            "bin/badge-forge retry 7",
        ),
        (
            "printing",
            "** (Oban.TimeoutError) BadgeForge.PrintCenter timed out after 300000ms",
            "a print took too long",
            "bin/badge-forge retry 7",
        ),
        ("printing", "out of paper", "printer: out of paper", "bin/badge-forge retry 7"),
        ("badges", "", "no reason was recorded", "bin/badge-forge retry 7"),
        ("mailers", "** (RuntimeError) no route", "no route", "bin/badge-forge retry 7"),
    ],
)
def test_a_failure_has_a_cause_and_a_command(
    queue: str, reason: str, cause: str, command: str | None
) -> None:
    found = remedy(queue, reason, [7])
    assert (found.cause, found.command) == (cause, command)
    assert found.advice


@pytest.mark.parametrize("change", [{"name": ""}, {"type": "cancelled by hand"}, {"sha256": "there"}])
def test_what_an_entry_contains_does_not_change_its_cause(change: dict[str, str]) -> None:
    with pytest.raises(InputError) as error:
        Attendee.from_args(badge_args(**change))
    assert remedy("badges", str(error.value), [7]).cause.startswith("wrong entry")


def test_the_command_names_few_jobs_or_all_of_them() -> None:
    assert (remedy("printing", "jam", [9, 8]).command or "").endswith("retry 9 8")
    assert (remedy("printing", "jam", [9, 8, 7, 6, 5], jobs=300).command or "").endswith("retry --all")


def test_an_unknown_reason_is_one_short_line_without_control_characters() -> None:
    cause = remedy("badges", "\x1b[2J{oops}\u202e" + "a" * 10_000, [7]).cause
    assert len(cause) <= CAUSE_LENGTH + 1
    assert cause.isprintable()
    assert "{oops}" in cause
