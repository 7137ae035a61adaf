"""Import all names of WeasyPrint that Badge Forge uses, in one place.

WeasyPrint documents `CSS`, `HTML`, `Document`, `Page`, `FontConfiguration` and the URL fetchers. All
other names are internal and may change in any release. Check this list after an update. Tests compare
the pages of `layout_reuse` with those of plain WeasyPrint.
"""

from tinycss2.color5 import Color, parse_color
from weasyprint import CSS, HTML, svg
from weasyprint.anchors import rectangle_aabb
from weasyprint.css import (
    AnonymousStyle,
    ColorProfile,
    ComputedStyle,
    Pending,
    check_math,
    get_all_computed_styles,
)
from weasyprint.css.properties import INHERITED, Dimension
from weasyprint.document import Document, Page
from weasyprint.draw.color import darken, lighten
from weasyprint.formatting_structure.boxes import BlockBox, FlexBox, LineBox, ReplacedBox, TextBox
from weasyprint.html import HTML_HANDLERS, make_replaced_box
from weasyprint.images import Gradient, RadialGradient, SVGImage
from weasyprint.layout.absolute import AbsolutePlaceholder
from weasyprint.layout.inline import text_align
from weasyprint.layout.percent import resolve_percentages
from weasyprint.matrix import Matrix
from weasyprint.pdf.fonts import Font
from weasyprint.pdf.stream import Stream
from weasyprint.svg import defs as svg_defs
from weasyprint.text.ffi import (
    FROM_UNITS,
    ffi,
    fontconfig,
    gobject,
    harfbuzz,
    harfbuzz_subset,
    pango,
    unicode_to_char_p,
)
from weasyprint.text.fonts import (
    FontConfiguration,
    get_hb_object_data,
    get_pango_font_hb_face,
    get_pango_font_key,
)
from weasyprint.text.line_break import Layout, line_size, strut
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

__all__ = [
    "CSS",
    "FROM_UNITS",
    "HTML",
    "HTML_HANDLERS",
    "INHERITED",
    "AbsolutePlaceholder",
    "AnonymousStyle",
    "BlockBox",
    "Color",
    "ColorProfile",
    "ComputedStyle",
    "Dimension",
    "Document",
    "FatalURLFetchingError",
    "FlexBox",
    "Font",
    "FontConfiguration",
    "Gradient",
    "Layout",
    "LineBox",
    "Matrix",
    "Page",
    "Pending",
    "RadialGradient",
    "ReplacedBox",
    "SVGImage",
    "Stream",
    "TextBox",
    "URLFetcher",
    "URLFetcherResponse",
    "check_math",
    "darken",
    "ffi",
    "fontconfig",
    "get_all_computed_styles",
    "get_hb_object_data",
    "get_pango_font_hb_face",
    "get_pango_font_key",
    "gobject",
    "harfbuzz",
    "harfbuzz_subset",
    "lighten",
    "line_size",
    "make_replaced_box",
    "pango",
    "parse_color",
    "rectangle_aabb",
    "resolve_percentages",
    "strut",
    "svg",
    "svg_defs",
    "text_align",
    "unicode_to_char_p",
]
