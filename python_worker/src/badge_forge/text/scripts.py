"""The scripts of names, and the packages with fonts for them."""

import sys
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fontTools import unicodedata

SCRIPTS = Path(__file__).parent / "scripts.toml"

COMMON, INHERITED, UNKNOWN = "Zyyy", "Zinh", "Zzzz"
"""Unicode's script codes for characters that several scripts share, for combining marks, and for
unassigned code points."""

SYMBOLS, EMOJI = "Zsym", "Zsye"


@dataclass(frozen=True)
class Script:
    """A script by its ISO 15924 code, with the packages whose fonts cover it; "" if none is known.

    `ranges` are code points that Unicode assigns to no single script, but that the same fonts cover.
    """

    code: str
    name: str
    sample: str = ""
    debian: str = ""
    homebrew: str = ""
    ranges: tuple[tuple[int, int], ...] = ()

    def package(self, platform: str = sys.platform) -> str:
        """Return the package with a font for the script on `platform`, or "" if none is known."""
        return self.homebrew if platform == "darwin" else self.debian


@cache
def scripts() -> tuple[Script, ...]:
    """Return all scripts of `scripts.toml`, in its order."""
    with SCRIPTS.open("rb") as file:
        content = tomllib.load(file)
    return tuple(
        Script(
            code=code,
            name=entry.pop("name", None) or str(unicodedata.script_name(code)),
            ranges=tuple((first, last) for first, last in entry.pop("ranges", ())),
            **entry,
        )
        for code, entry in content.items()
    )


def script_of(code_point: int) -> Script | None:
    """Return the script of a character, or None if the code point is unassigned or private."""
    char = chr(code_point)
    code = unicodedata.script(char)
    if code == UNKNOWN:
        return None
    if unicodedata.east_asian_width(char) == "F":  # letters as wide as Han characters
        code = "Hani"
    elif code == COMMON and _is_emoji(char):
        code = EMOJI
    elif code in (COMMON, INHERITED):
        code = _code_of_shared(code_point, SYMBOLS if code == COMMON else INHERITED)
    return _by_code().get(code) or Script(code, unicodedata.script_name(code))


def explain(code_point: int, platform: str = sys.platform) -> str:
    """Describe a character and how to get a font for it: `U+0E2A (Thai: install fonts-noto-core)`."""
    script = script_of(code_point)
    if script:
        what, package = script.name, script.package(platform)
    else:
        private = unicodedata.category(chr(code_point)) == "Co"
        what, package = "private use" if private else "unassigned in Unicode", ""
    advice = f"install {package}" if package else "no package is known to draw it"
    return f"U+{code_point:04X} ({what}: {advice})"


def _is_emoji(char: str) -> bool:
    """Tell whether only emoji fonts have `char`.

    Such symbols are wide in Unicode, because they are emoji by default. ♥ is not: it is text by default.
    """
    return (
        unicodedata.category(char)[0] == "S"
        and unicodedata.east_asian_width(char) == "W"
        and (
            0x2300 <= ord(char) <= 0x2BFF
            or (ord(char) >= 0x1F000 and not 0x1F200 <= ord(char) <= 0x1F2FF)
        )
    )


def _code_of_shared(code_point: int, default: str) -> str:
    for script in scripts():
        if any(first <= code_point <= last for first, last in script.ranges):
            return script.code
    return default


@cache
def _by_code() -> dict[str, Script]:
    return {script.code: script for script in scripts()}
