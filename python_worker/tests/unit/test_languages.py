"""A fitted text is drawn in the design's language, and as its invisible characters want."""

from pathlib import Path

import pytest

from badge_forge.attendee import Attendee
from badge_forge.rendering.renderer import Renderer
from badge_forge.rendering.result import Fitted
from helpers import badge_args, make_design, pixels

NAME = "{{ fit(attendee.name, 60, 30, 60) }}"


def attendee(name: str) -> Attendee:
    return Attendee.from_args(badge_args(name=name))


def renderer_of(folder: Path, html: str, css: str = "") -> Renderer:
    return Renderer(make_design(folder, html, css))


def drawn(folder: Path, html: str, name: str) -> list[bytes]:
    return pixels(renderer_of(folder, html).render(attendee(name)).pdf)


def fitted(folder: Path, html: str, name: str, css: str = "") -> Fitted:
    (fit,) = renderer_of(folder, html, css).lay_out(attendee(name)).fits
    return fit.fitted


@pytest.mark.parametrize(
    ("language", "name", "capitals"),
    [
        ("tr", "ilker", "İLKER"),
        ("az-Latn", "ilkin", "İLKİN"),
        ("en", "ilker", "ILKER"),
        ("de", "Weiß", "WEISS"),
        ("el", "Άννα", "ΑΝΝΑ"),
    ],
)
def test_capitals_are_those_of_the_design_s_language(
    language: str, name: str, capitals: str, tmp_path: Path
) -> None:
    html = f'<html lang="{language}">{NAME}'
    assert fitted(tmp_path, html, name, ".fit { text-transform: uppercase }").lines == (capitals,)


def test_the_nearest_language_of_the_template_counts(tmp_path: Path) -> None:
    html = f'<html lang="en"><p lang="tr">{NAME}</p>'
    assert fitted(tmp_path, html, "ilker", "p { text-transform: uppercase }").lines == ("İLKER",)


@pytest.mark.parametrize(
    ("language", "name", "expected"),
    [
        ("", "Ada", "en"),
        ("en-GB", "Ada", "en-GB"),
        ("en", "直美", "zh-CN"),
        ("", "直美", "zh-CN"),
        ("ja", "直美", "ja"),
        ("ko", "金直", "ko"),
        ("zh-TW", "直美", "zh-TW"),
        ("zh-CN", "山田 さくら", "ja"),
        ("ja", "이 철수", "ko"),
        ("ja", "Ada", "ja"),
        ("de", "葛\U000e0100", "ja"),
    ],
)
def test_the_script_of_a_name_overrides_the_language_only_where_it_tells_more(
    language: str, name: str, expected: str, tmp_path: Path
) -> None:
    html = f'<html lang="{language}">{NAME}' if language else NAME
    assert fitted(tmp_path, html, name).language == expected


def test_kanji_have_japanese_forms_in_a_japanese_design(tmp_path: Path) -> None:
    japanese, english, chinese, traditional = (
        drawn(tmp_path / language, f'<html lang="{language}">{NAME}', "直骨")
        for language in ("ja", "en", "zh-CN", "zh-TW")
    )
    assert japanese != chinese == english
    assert traditional not in (japanese, chinese)


@pytest.mark.parametrize("language", ["en", "ja", "zh-CN"])
def test_ideographic_variants_are_drawn(language: str, tmp_path: Path) -> None:
    renderer = renderer_of(tmp_path, f'<html lang="{language}">{NAME}')
    plain, first, second = (
        pixels(renderer.render(attendee(f"葛{selector}城")).pdf)
        for selector in ("", "\U000e0100", "\U000e0101")
    )
    assert first != second
    # Without a selector, it is the form of the language.
    assert plain not in (first, second) if language != "ja" else plain in (first, second)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("ש 1\u200e\u00a0-\u00a0\u200e2", "ש 1\u00a0-\u00a02"),
        ("Ada שלום!\u200f", "Ada שלום!"),
        ("שלום \u061c12-34", "שלום 12-34"),
        ("שלום \u2066A, B.\u2069", "שלום A, B."),
        ("Ada \u2067B, C.\u2069", "Ada B, C."),
        ("ᠨᠠᠷᠠᠠ", "ᠨᠠᠷᠠ\u180eᠠ"),
    ],
)
def test_invisible_characters_change_how_a_name_is_drawn(name: str, other: str, tmp_path: Path) -> None:
    assert drawn(tmp_path / "one", NAME, name) != drawn(tmp_path / "other", NAME, other)


def test_an_override_and_an_open_isolate_do_not_change_how_a_name_is_drawn(tmp_path: Path) -> None:
    plain = drawn(tmp_path / "plain", NAME, "Ada Lovelace")
    for number, name in enumerate(["Ada \u202eLovelace", "Ada \u2067Lovelace", "Ada\u2069 Lovelace"]):
        assert drawn(tmp_path / str(number), NAME, name) == plain
