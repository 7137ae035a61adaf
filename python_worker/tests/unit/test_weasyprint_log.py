"""A badge that shows a box instead of a character is an error."""

import logging
import re

import pytest

from badge_forge.attendee import Attendee
from badge_forge.errors import RenderingError
from badge_forge.rendering.renderer import Renderer
from badge_forge.rendering.weasyprint_log import EXPLAINED, LOGGER, require_glyphs
from helpers import badge_args, shipped_design

PRIVATE = [chr(code_point) for code_point in range(0x10FFE0, 0x10FFFE)]
"""Private-use characters that no font draws: icon fonts do not use the end of the range."""


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(shipped_design("conf-4x6"))


def attendee(name: str) -> Attendee:
    return Attendee.from_args(badge_args(name=name))


def test_a_badge_with_a_missing_glyph_is_an_error(renderer: Renderer) -> None:
    with pytest.raises(RenderingError, match=r"no font on this machine draws U\+10FFE0 "):
        renderer.render(attendee(f"Ada {PRIVATE[0]}{PRIVATE[0]} Lovelace"))
    renderer.render(attendee("Ada Lovelace"))


def test_each_character_without_a_font_is_explained_once_on_one_line(renderer: Renderer) -> None:
    with pytest.raises(RenderingError) as error:
        renderer.render(attendee(f"{PRIVATE[0]}{PRIVATE[1]}{PRIVATE[0]}"))
    assert str(error.value) == (
        "no font on this machine draws U+10FFE0 (private use: no package is known to draw it), "
        "U+10FFE1 (private use: no package is known to draw it); "
        "run bin/badge-forge doctor for details; the job will be retried"
    )


def test_many_missing_glyphs_do_not_flood_the_error(renderer: Renderer) -> None:
    with pytest.raises(RenderingError) as error:
        renderer.render(attendee("".join(PRIVATE)))
    assert len(re.findall(r"U\+10FF", str(error.value))) == EXPLAINED
    assert f" and {len(PRIVATE) - EXPLAINED} more; " in str(error.value)


def test_the_error_names_the_package_to_install(caplog: pytest.LogCaptureFixture) -> None:
    # A log line of WeasyPrint: which real characters cause it depends on the installed fonts.
    with (
        pytest.raises(RenderingError, match=r"draws U\+10D0 \(Georgian: install font.*-noto-"),
        require_glyphs(),
    ):
        LOGGER.warning('.notdef glyph rendered for Unicode string unsupported by fonts: "ა" (U+10D0)')
    assert caplog.records == []


def test_other_warnings_of_weasyprint_stay_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "weasyprint"), require_glyphs():
        LOGGER.warning("Ignored `colour: red`, unknown property")
    assert len(caplog.records) == 1
