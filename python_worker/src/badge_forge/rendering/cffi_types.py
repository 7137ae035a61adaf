"""Array types of C made at once that cffi would parse C for.

WeasyPrint hands HarfBuzz lists of glyphs in arrays whose type names their length. For each new length
cffi runs a C parser over all of WeasyPrint's declarations: 3 ms, up to six times a badge.
"""

import re
from typing import Any

import _cffi_backend

from badge_forge.rendering.weasyprint_internals import ffi

GLYPHS = re.compile(r"hb_codepoint_t\[(\d+)\]")


class _ParsedTypes(dict[str, tuple[Any, bool]]):
    """The types that cffi has parsed, by their C; arrays of glyphs are there without."""

    _item = ffi.typeof("hb_codepoint_t *")

    def __missing__(self, declaration: str) -> tuple[Any, bool]:
        found = GLYPHS.fullmatch(declaration)
        if not found:
            raise KeyError(declaration)
        # The second says whether it is a function's type.
        self[declaration] = _cffi_backend.new_array_type(self._item, int(found[1])), False
        return self[declaration]


def register_array_types() -> None:
    """Let cffi know the types of all arrays of glyphs. Does nothing the second time."""
    if not isinstance(ffi._parsed_types, _ParsedTypes):
        ffi._parsed_types = _ParsedTypes(ffi._parsed_types)
