"""Embed each font file separately.

WeasyPrint tells fonts apart by their Pango description. Fontconfig slants or emboldens a font that lacks
the style, and the result has the description of a real italic or bold font. Then glyph numbers of one
file would select glyphs of the other.
"""

from hashlib import md5
from typing import Any

from badge_forge.rendering.weasyprint_internals import Font, get_pango_font_hb_face, get_pango_font_key


def font_of_file(fonts: dict[Any, Any], font: Any, pango_font: Any) -> Any:
    """Return the font of `fonts` with the file of `pango_font`, where `font` has the same description.

    Adds it if it is missing.
    """
    face = get_pango_font_hb_face(pango_font)
    if face == font.hb_face:
        return font
    key, description, size = get_pango_font_key(pango_font)
    number = 1
    while other := fonts.get((key, number)):
        if face == other.hb_face:
            return other
        number += 1
    fonts[key, number] = other = Font(pango_font, description, size)
    # A PDF names its fonts by this hash, which WeasyPrint makes of the description.
    digest = md5(other.name + str(number).encode(), usedforsecurity=False).digest()
    other.hash = "".join(chr(65 + byte % 26) for byte in digest[:6])
    other.name = b"/" + other.hash.encode() + b"+" + other.name.split(b"+", 1)[1]
    return other
