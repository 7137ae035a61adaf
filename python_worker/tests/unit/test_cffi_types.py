"""Registered array types equal those that cffi parses from C declarations."""

import pytest
from cffi import CDefError
from weasyprint.text.ffi import ffi

from badge_forge.rendering.cffi_types import register_array_types


def test_a_registered_array_type_equals_the_one_that_cffi_parses() -> None:
    parsed = type(ffi)()
    parsed.cdef("typedef uint32_t hb_codepoint_t;")
    register_array_types()
    register_array_types()
    known = ffi.typeof("hb_codepoint_t[4321]")
    assert known.length == 4321
    assert str(known) == str(parsed.typeof("hb_codepoint_t[4321]"))
    assert list(ffi.new("hb_codepoint_t[3]", [7, 8, 9])) == [7, 8, 9]


def test_cffi_still_parses_other_types() -> None:
    register_array_types()
    assert ffi.typeof("hb_tag_t[7]").length == 7
    with pytest.raises(CDefError):
        ffi.typeof("no_such_type[3]")
