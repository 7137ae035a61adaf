"""An error about a character without a font names its script and the package to install."""

from itertools import pairwise

import pytest
from fontTools import unicodedata

from badge_forge.text.scripts import Script, explain, script_of, scripts


@pytest.mark.parametrize(
    ("char", "debian", "homebrew"),
    [
        ("ส", "Thai: install fonts-noto-core", "Thai: install font-noto-sans-thai"),
        ("ნ", "Georgian: install fonts-noto-core", "Georgian: install font-noto-sans-georgian"),
        ("王", "Han: install fonts-noto-cjk", "Han: install font-noto-sans-cjk"),
        ("수", "Hangul: install fonts-noto-cjk", "Hangul: install font-noto-sans-cjk"),
        ("。", "Han: install fonts-noto-cjk", "Han: install font-noto-sans-cjk"),
        ("ー", "Han: install fonts-noto-cjk", "Han: install font-noto-sans-cjk"),
        ("🦊", "emoji: install fonts-noto-color-emoji", "emoji: install font-noto-color-emoji"),
        ("🇬", "emoji: install fonts-noto-color-emoji", "emoji: install font-noto-color-emoji"),
        ("♞", "symbols: install fonts-noto-core", "symbols: install font-noto-sans-symbols-2"),
        (
            "\u0301",
            "combining marks: install fonts-noto-core",
            "combining marks: install font-noto-sans",
        ),
        ("\U00010fb0", "Chorasmian: no package is known to draw it", None),
        ("\U00016ea0", "Beria Erfe: no package is known to draw it", None),
        ("\ue000", "private use: no package is known to draw it", None),
        ("\U0003fffd", "unassigned in Unicode: no package is known to draw it", None),
    ],
)
def test_a_character_is_explained_by_its_script_and_package(
    char: str, debian: str, homebrew: str | None
) -> None:
    assert explain(ord(char), "linux") == f"U+{ord(char):04X} ({debian})"
    if homebrew:
        assert explain(ord(char), "darwin") == f"U+{ord(char):04X} ({homebrew})"


@pytest.mark.parametrize(
    "script", [script for script in scripts() if script.sample], ids=lambda script: script.code
)
def test_a_sample_contains_only_its_script(script: Script) -> None:
    assert {script_of(ord(char)) for char in script.sample} == {script}


def test_every_script_has_its_unicode_name_or_a_lower_case_one() -> None:
    for script in scripts():
        assert script.name[0].islower() or unicodedata.script_name(script.code) == script.name
        assert script.debian or script.homebrew


def test_no_code_point_is_in_two_ranges() -> None:
    ranges = sorted(each for script in scripts() for each in script.ranges)
    assert all(last < first for (_, last), (first, _) in pairwise(ranges))
