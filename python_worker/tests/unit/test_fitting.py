"""Each text has the largest size that fits its box, and at least the minimum size."""

import pytest
from weasyprint import CSS
from weasyprint.text.fonts import FontConfiguration

from badge_forge.rendering.fetching import DesignFetcher
from badge_forge.rendering.fitting.fitting import ELLIPSIS, Box, Fitter, sizes_pt
from badge_forge.rendering.fitting.measuring import Font
from badge_forge.rendering.stylesheet import stylesheet
from helpers import shipped_design

BLACK = Font(("Badge", "Noto Sans"), 900)


@pytest.fixture(scope="module")
def fitter() -> Fitter:
    design, fonts = shipped_design("conf-4x6"), FontConfiguration()
    CSS(string=stylesheet(design, ""), font_config=fonts, url_fetcher=DesignFetcher(design))
    return Fitter(fonts)


def box(width_pt: float = 250, height_pt: float = 100, lines: int = 100) -> Box:
    return Box(width_pt, height_pt, max_pt=80, min_pt=14, lines=lines)


@pytest.mark.parametrize("text", ["Ada", "Grace Hopper", "สมชาย", "王小明", "Wolfeschlegelsteinhausen"])
def test_a_text_is_set_at_the_largest_size_that_fits(text: str, fitter: Fitter) -> None:
    fitted = fitter.fit(text, box(), BLACK)
    assert fitted.height_pt <= 100
    assert not fitted.shortened
    if fitted.size_pt < 80:
        sizes = sizes_pt(14, 80)
        larger = sizes[sizes.index(fitted.size_pt) + 1]
        again = fitter.fit(text, Box(250, 100, max_pt=80, min_pt=larger), BLACK)
        assert again.shortened or len(again.lines) != len(fitted.lines)


def test_the_widest_letters_get_the_smallest_size(fitter: Fitter) -> None:
    wide, narrow = (fitter.fit(letter * 12, box(), BLACK).size_pt for letter in "Wi")
    assert wide < narrow / 2


def test_words_stay_whole_if_each_fits_at_the_minimum_size(fitter: Fitter) -> None:
    assert fitter.fit("Ada Lovelace", box(), BLACK).lines == ("Ada", "Lovelace")
    assert fitter.fit("山田 太郎", box(width_pt=120), BLACK, "ja").lines == ("山田", "太郎")


def test_a_word_that_is_too_long_at_the_minimum_size_is_broken_not_shortened(fitter: Fitter) -> None:
    fitted = fitter.fit("M" * 60, box(), BLACK)
    assert "".join(fitted.lines) == "M" * 60
    assert len(fitted.lines) > 1
    assert not fitted.shortened


def test_text_that_does_not_fit_at_the_minimum_size_ends_with_an_ellipsis(fitter: Fitter) -> None:
    fitted = fitter.fit("Ada Lovelace " * 40, box(), BLACK)
    assert fitted.shortened
    assert fitted.size_pt == 14
    assert fitted.lines[-1].endswith(ELLIPSIS)
    assert fitted.height_pt <= 100


def test_a_text_is_not_cut_inside_a_character(fitter: Fitter) -> None:
    fitted = fitter.fit("👩\u200d💻" * 60, box(width_pt=60, height_pt=20), BLACK)
    assert fitted.shortened
    assert "".join(fitted.lines).rstrip(ELLIPSIS).replace("👩\u200d💻", "") == ""


def test_a_box_that_is_too_small_for_any_text_contains_an_ellipsis(fitter: Fitter) -> None:
    assert fitter.fit("Ada", box(width_pt=2, height_pt=2), BLACK).lines == (ELLIPSIS,)


def test_lines_with_tall_marks_are_spaced_further_apart(fitter: Fitter) -> None:
    plain, stacked = (
        fitter.fit(f"{letter} {letter}", box(width_pt=50), BLACK) for letter in ("Mm", "Ṩ̈m̧")
    )
    assert stacked.line_height_pt / stacked.size_pt > plain.line_height_pt / plain.size_pt


def test_a_text_has_at_most_the_lines_that_its_box_allows(fitter: Fitter) -> None:
    assert len(fitter.fit("María José Carmen Francisca", box(lines=2), BLACK).lines) <= 2
