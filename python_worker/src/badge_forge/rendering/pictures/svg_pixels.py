"""Draw SVGs as pixels, with resvg, which draws everything that a static SVG can have."""

import base64
import mimetypes
import re
from copy import deepcopy
from typing import Any
from urllib.parse import unquote_to_bytes, urljoin
from xml.etree import ElementTree

import resvg_py

from badge_forge.rendering.cmyk import CmykProfile
from badge_forge.rendering.fetching import SHOWN_URL_LENGTH
from badge_forge.rendering.inks import screen
from badge_forge.rendering.pictures.picture import PictureError
from badge_forge.rendering.weasyprint_internals import parse_color
from badge_forge.text.text import cut

HREFS = ("href", "{http://www.w3.org/1999/xlink}href")

XMLNS = "{http://www.w3.org/2000/xmlns/}"

DATA = re.compile(
    r"data:image/(png|jpe?g|gif|webp|svg\+xml)((?:;[^,]*)?),(.*)", re.DOTALL | re.IGNORECASE
)
"""The `data:` URLs of pictures that resvg can draw: kind, parameters and content."""

CMYK = re.compile(r"device-cmyk\([^)]*\)", re.IGNORECASE)


def png_of(tree: Any, size: Any, width: float, height: float, scale: float) -> bytes:
    """Return a PNG of `tree`, which `for_resvg` returned, drawn at `width` by `height` CSS pixels.

    `size` is its intrinsic size. The PNG has `scale` pixels for each CSS pixel. Raises `PictureError` if
    resvg can't draw it.
    """
    root = ElementTree.Element(tree.tag, dict(tree.attrib))
    root.text, root[:] = tree.text, list(tree)
    if "viewBox" not in root.attrib and None not in size[:2]:
        root.set("viewBox", f"0 0 {size[0]} {size[1]}")
    root.attrib |= {"width": f"{width}px", "height": f"{height}px"}
    svg = ElementTree.tostring(root, encoding="unicode")
    try:
        return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=scale, skip_system_fonts=True))
    except ValueError as error:
        raise PictureError(f"the SVG can't be drawn: {error}") from error


def for_resvg(tree: Any, url: str, fetcher: Any, cmyk: CmykProfile | None) -> Any:
    """Return a copy of the SVG in `tree`, whose URL is `url`, for resvg. That has no files and no CMYK.

    Pictures of the design are read with `fetcher`, and device-cmyk colors become RGB. Raises
    `PictureError` if it refers to anything else.
    """

    def in_rgb(match: re.Match[str]) -> str:
        color = parse_color(match[0])
        if color is None:
            return "none"
        rgb = cmyk.rgb(color.coordinates) if cmyk else screen(color.coordinates)
        return f"rgba({', '.join(f'{255 * channel:.0f}' for channel in rgb)}, {color.alpha:g})"

    copied = deepcopy(tree)
    for element in copied.iter():
        for name, value in list(element.attrib.items()):
            if name.startswith(XMLNS):  # an HTML parser keeps namespaces as attributes
                del element.attrib[name]
            elif name in HREFS and tag_of(element) != "a":
                element.set(name, _embedded(value.strip(), element, url, fetcher))
            else:
                element.set(name, CMYK.sub(in_rgb, value))
        if tag_of(element) == "style":
            element.text = CMYK.sub(in_rgb, element.text or "")
    return copied


def _embedded(href: str, element: Any, url: str, fetcher: Any) -> str:
    """Return `href` as a reference within the SVG, or as a `data:` URL."""
    if match := DATA.match(href):
        kind, parameters, body = match.groups()
        if kind == "svg+xml":
            content = unquote_to_bytes(body)
            _require_self_contained(base64.b64decode(content) if "base64" in parameters else content)
        return href
    if href.startswith("#"):
        return href
    kind = mimetypes.guess_type(href)[0]
    if tag_of(element) not in ("image", "feImage") or not kind or not DATA.match(f"data:{kind},"):
        raise PictureError(f"it refers to {cut(href, SHOWN_URL_LENGTH)}; embed that in the SVG")
    content = fetcher.fetch(urljoin(url, href)).read()
    if kind == "image/svg+xml":
        _require_self_contained(content)
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _require_self_contained(svg: bytes) -> None:
    """Raise `PictureError` if an SVG within an SVG refers to anything outside."""
    try:
        tree = ElementTree.fromstring(svg)  # noqa: S314 - as trusted as the SVG around it
    except ElementTree.ParseError as error:
        raise PictureError(f"an SVG in it is not well-formed XML: {error}") from error
    hrefs = {element.get(name, "#").strip() for element in tree.iter() for name in HREFS}
    if not all(href.startswith("#") or DATA.match(href) for href in hrefs):
        raise PictureError("an SVG in it refers to other files; embed them")


def tag_of(element: Any) -> str:
    """Return the tag of `element` without its namespace, "" for comments."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
