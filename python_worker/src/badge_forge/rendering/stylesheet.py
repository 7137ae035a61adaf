"""Generate a stylesheet from a design's settings: page, fonts, colors, and fitted texts."""

from badge_forge.designs.design import Design
from badge_forge.rendering.cmyk import CmykProfile
from badge_forge.rendering.colors import css

FITTED = """
.fit { display: block; box-sizing: content-box; white-space: pre; }
.line { display: block; }
.photo { display: block; object-fit: contain; }
h1, h2, h3, h4, h5, h6 { bookmark-level: none; }
.fit[dir="rtl"] { direction: rtl; }
"""


def stylesheet(design: Design, cmyk: CmykProfile | None) -> str:
    """Return CSS: `@page`, `@font-face`, a custom property for each color, the default font families."""
    page, fonts = design.settings.page, design.settings.fonts
    families = ", ".join(f'"{family}"' for family in (*fonts.families, *fonts.fallbacks))
    faces = "\n".join(
        f'@font-face {{ font-family: "{face.family}"; font-weight: {face.weight}; '
        f'src: url("{face.file}"); }}'
        for face in fonts.faces
    )
    colors = " ".join(f"--{name}: {css(color, cmyk)};" for name, color in design.settings.colors.items())
    return (
        f"@page {{ size: {page.width_mm:g}mm {page.height_mm:g}mm; margin: 0; "
        f"bleed: {page.bleed_mm:g}mm; }}\n"
        f"{faces}\n"
        f":root {{ font-family: {families}, sans-serif; {colors} }}\n"
        f"{FITTED}"
    )
