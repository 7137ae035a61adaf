"""Each text has the largest size that fits its box, and at least the minimum size."""

from collections.abc import Callable

import pytest

from badge_forge.rendering.fitting.fitting import ELLIPSIS, Box, Fitter, sizes_pt
from badge_forge.rendering.renderer import Renderer
from badge_forge.rendering.result import Fitted
from badge_forge.rendering.text_styles import TextStyles
from helpers import shipped_design

type Fit = Callable[..., Fitted]


@pytest.fixture(scope="module")
def fit() -> Fit:
    """A function that fits a text into a box, in the font of the name on a shipped design."""
    renderer, fitter = Renderer(shipped_design("conf-4x6")), Fitter()
    styles = TextStyles(renderer.design.settings.page, renderer._styles_of)

    def fitted(text: str, box: Box, language: str = "en", css: str = "") -> Fitted:
        page = (
            f'<span data-fit="0" class="fit" lang="{language}" style="font-weight: 900; {css}"></span>'
        )
        return fitter.fit(text, box, *styles.of(page, 1))

    return fitted


def box(width_pt: float = 250, height_pt: float = 100, lines: int = 100) -> Box:
    return Box(width_pt, height_pt, max_pt=80, min_pt=14, lines=lines)


@pytest.mark.parametrize("text", ["Ada", "Grace Hopper", "สมชาย", "王小明", "Wolfeschlegelsteinhausen"])
def test_a_text_is_set_at_the_largest_size_that_fits(text: str, fit: Fit) -> None:
    fitted = fit(text, box())
    assert fitted.height_pt <= 100
    assert not fitted.shortened
    if fitted.size_pt < 80:
        sizes = sizes_pt(14, 80)
        larger = sizes[sizes.index(fitted.size_pt) + 1]
        again = fit(text, Box(250, 100, max_pt=80, min_pt=larger))
        assert again.shortened or len(again.lines) != len(fitted.lines)


def test_the_widest_letters_get_the_smallest_size(fit: Fit) -> None:
    wide, narrow = (fit(letter * 12, box()).size_pt for letter in "Wi")
    assert wide < narrow / 2


def test_words_stay_whole_if_each_fits_at_the_minimum_size(fit: Fit) -> None:
    assert fit("Ada Lovelace", box()).lines == ("Ada", "Lovelace")
    assert fit("山田 太郎", box(width_pt=120), "ja").lines == ("山田", "太郎")


def test_a_word_that_is_too_long_at_the_minimum_size_is_broken_not_shortened(fit: Fit) -> None:
    fitted = fit("M" * 60, box())
    assert "".join(fitted.lines) == "M" * 60
    assert len(fitted.lines) > 1
    assert not fitted.shortened


def test_text_that_does_not_fit_at_the_minimum_size_ends_with_an_ellipsis(fit: Fit) -> None:
    fitted = fit("Ada Lovelace " * 40, box())
    assert fitted.shortened
    assert fitted.size_pt == 14
    assert fitted.lines[-1].endswith(ELLIPSIS)
    assert fitted.height_pt <= 100


def test_a_text_is_not_cut_inside_a_character(fit: Fit) -> None:
    fitted = fit("👩\u200d💻" * 60, box(width_pt=60, height_pt=20))
    assert fitted.shortened
    assert "".join(fitted.lines).rstrip(ELLIPSIS).replace("👩\u200d💻", "") == ""


def test_a_box_that_is_too_small_for_any_text_contains_an_ellipsis(fit: Fit) -> None:
    assert fit("Ada", box(width_pt=2, height_pt=2)).lines == (ELLIPSIS,)


def test_lines_with_tall_marks_are_spaced_further_apart(fit: Fit) -> None:
    plain, stacked = (fit(f"{letter} {letter}", box(width_pt=50)) for letter in ("Mm", "Ṩ̈m̧"))
    assert stacked.line_height_pt / stacked.size_pt > plain.line_height_pt / plain.size_pt


def test_a_text_has_at_most_the_lines_that_its_box_allows(fit: Fit) -> None:
    assert len(fit("María José Carmen Francisca", box(lines=2)).lines) <= 2


def test_a_line_that_ends_at_a_soft_hyphen_has_a_hyphen(fit: Fit) -> None:
    soft = "Wolfeschlegel\u00adsteinhausen"
    assert fit(soft, box(), "de").lines == ("Wolfeschlegel-", "steinhausen")
    assert fit(soft, box(width_pt=2_000), "de").lines == ("Wolfeschlegelsteinhausen",)
    assert fit(soft, box(), "de").size_pt > fit(soft.replace("\u00ad", ""), box(), "de").size_pt
    assert len(fit(soft, box(), "de", css="hyphens: none").lines) == 1


def test_a_shortened_text_does_not_end_with_a_soft_hyphen(fit: Fit) -> None:
    fitted = fit("Love\u00adlace " * 60, box(), "en")
    assert fitted.shortened
    assert "\u00ad" not in "".join(fitted.lines)
    assert "-…" not in fitted.lines[-1]


@pytest.mark.parametrize("space", ["\u00a0", "\u202f", "\u2060"])
def test_a_line_does_not_end_at_a_no_break_space_or_word_joiner(space: str, fit: Fit) -> None:
    text = f"Ana{space}María Schmidt"
    assert fit(text, box()).lines == (f"Ana{space}María".replace("\u2060", ""), "Schmidt")


def test_a_line_can_end_at_a_zero_width_space(fit: Fit) -> None:
    text = "Wolfeschlegel\u200bsteinhausen"
    assert fit(text, box()).lines == ("Wolfeschlegel", "steinhausen")


def test_an_isolate_is_closed_on_each_line(fit: Fit) -> None:
    isolated = "\u2067Wolfeschlegelsteinhausen Bergerdorff\u2069 Ng"
    lines = fit(isolated, box()).lines
    assert lines == ("\u2067Wolfeschlegelsteinhausen\u2069", "\u2067Bergerdorff\u2069 Ng")


MIXED = "王小明 Featherstonehaugh-Cholmondeley"


def test_a_name_in_two_scripts_is_as_large_as_its_longest_part_allows(fit: Fit) -> None:
    latin = fit("Featherstonehaugh-Cholmondeley", box(), "en")
    assert fit(MIXED, box(), "zh-CN").lines == ("王小明", *latin.lines)
    assert fit(MIXED, box(), "zh-CN").size_pt == latin.size_pt
    swapped = fit("Featherstonehaugh-Cholmondeley 王小明", box(), "zh-CN")
    assert swapped.size_pt == latin.size_pt


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("山田太郎左衛門-佐藤花子奈々", ("山田太郎左衛門-", "佐藤花子奈々")),
        ("アレクサンダー・グラハム・ベル", ("アレクサンダー・", "グラハム・ベル")),
        ("亚历山大贝尔·格雷厄姆贝尔", ("亚历山大贝尔·", "格雷厄姆贝尔")),
        ("金山田Kim Schmidt", ("金山田Kim", "Schmidt")),
    ],
)
def test_a_name_in_han_characters_wraps_between_its_parts_only(
    text: str, lines: tuple[str, ...], fit: Fit
) -> None:
    fitted = fit(text, box(width_pt=150, height_pt=60), "ja")
    assert fitted.lines == lines
