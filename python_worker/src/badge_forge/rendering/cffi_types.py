"""Create the C types of glyph arrays directly, because cffi is slow to parse them.

WeasyPrint passes glyphs to HarfBuzz in arrays, and the type of an array contains its length. For each
new length, cffi runs a C parser over all of WeasyPrint's declarations. That takes 3 ms, up to six times
per badge.
"""

import re
from typing import Any

import _cffi_backend

from badge_forge.rendering.weasyprint_internals import ffi

GLYPHS = re.compile(r"hb_codepoint_t\[(\d+)\]")


class _ParsedTypes(dict[str, tuple[Any, bool]]):
    """cffi's cache of parsed types, by C declaration. It creates the types of glyph arrays on demand."""

    _pointer_to_glyph = ffi.typeof("hb_codepoint_t *")

    def __missing__(self, declaration: str) -> tuple[Any, bool]:
        match = GLYPHS.fullmatch(declaration)
        if not match:
            raise KeyError(declaration)
        array_type = _cffi_backend.new_array_type(self._pointer_to_glyph, int(match[1]))
        self[declaration] = array_type, False  # cffi stores whether it is a function type
        return self[declaration]


def register_array_types() -> None:
    """Make cffi create the types of glyph arrays without parsing. Further calls have no effect."""
    if not isinstance(ffi._parsed_types, _ParsedTypes):
        ffi._parsed_types = _ParsedTypes(ffi._parsed_types)
