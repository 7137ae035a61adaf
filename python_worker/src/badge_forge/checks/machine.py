"""Check this machine for the libraries and fonts that badges need, by using them."""

import io
import warnings
from contextlib import redirect_stdout
from dataclasses import dataclass
from html import escape

from badge_forge.rendering.weasyprint_log import missing_glyphs
from badge_forge.text.scripts import Script, scripts

# WeasyPrint is imported inside the functions, because the import fails without Pango.

FONTS = '"Noto Sans", sans-serif'
"""The fallback fonts of every design."""


@dataclass(frozen=True)
class Library:
    """A library that WeasyPrint needs, and its packages. `version` is empty if unknown."""

    name: str
    found: bool
    debian: str
    homebrew: str
    version: str = ""

    def package(self, platform: str) -> str:
        """Return the names of the library's packages on `platform`, separated by spaces."""
        return self.homebrew if platform == "darwin" else self.debian


def libraries() -> tuple[Library, ...]:
    """Return the libraries that WeasyPrint needs, and whether WeasyPrint finds them."""
    pango_packages = {"debian": "libpango-1.0-0 libpangoft2-1.0-0", "homebrew": "pango"}
    try:
        # WeasyPrint prints a long text before it fails, and warns if there are no fonts.
        with redirect_stdout(io.StringIO()), warnings.catch_warnings(action="ignore"):
            from badge_forge.rendering.weasyprint_internals import harfbuzz_subset, pango
    except OSError:
        return (Library("Pango", found=False, **pango_packages),)
    number = pango.pango_version()
    version = f"{number // 10000}.{number // 100 % 100}.{number % 100}"
    return (
        Library("Pango", found=True, version=version, **pango_packages),
        Library("HarfBuzz-Subset", harfbuzz_subset is not None, "libharfbuzz-subset0", "harfbuzz"),
    )


def undrawn_scripts() -> tuple[Script, ...]:
    """Return the scripts whose sample has a character that no font draws. Requires Pango.

    WeasyPrint draws the samples: looking into font files is not enough, since Pango may never choose a
    font that has the character.
    """
    samples = [script for script in scripts() if script.sample]
    if not _any_font():
        return tuple(samples)
    from weasyprint import HTML

    paragraphs = "".join(f"<p>{escape(script.sample)}</p>" for script in samples)
    with missing_glyphs() as missing:
        HTML(string=f"<style>body {{ font-family: {FONTS} }}</style>{paragraphs}").write_pdf()
    return tuple(script for script in samples if any(ord(char) in missing for char in script.sample))


def _any_font() -> bool:
    """Tell whether any font is installed. Without a font, Pango aborts the process."""
    from badge_forge.rendering.weasyprint_internals import ffi, fontconfig

    config = ffi.gc(fontconfig.FcInitLoadConfigAndFonts(), fontconfig.FcConfigDestroy)
    return bool(fontconfig.FcConfigGetFonts(config, fontconfig.FcSetSystem).nfont)
