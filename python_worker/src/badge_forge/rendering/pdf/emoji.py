"""Re-encode the emoji in a PDF, which WeasyPrint writes as images: in fewer bytes, and in CMYK."""

import io
import re
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import pydyf
from PIL import Image, ImageCms

COLORS = 48
"""The number of colors of an emoji. On a few millimeters, more are not visible."""

EMOJI = re.compile(r"i[A-Z]{6}\d+[01]")
"""The name that WeasyPrint gives to an image that is a glyph of a font."""


def embed_emoji(pdf: pydyf.PDF, to_cmyk: ImageCms.ImageCmsTransform | None) -> None:
    """Re-encode the emoji of `pdf` with a palette, in CMYK with `to_cmyk`."""
    by_reference = {entry.reference: entry for entry in pdf.objects}
    kept: dict[bytes, bytes] = {}
    for resources in _image_resources(pdf):
        for name, reference in resources.items():
            stream = by_reference[reference]
            if not EMOJI.fullmatch(name) or stream.extra.get("ColorSpace") != "/DeviceRGB":
                continue
            content = _content(stream)
            if content in kept:  # an emoji in two weights of a font that has only one
                resources[name] = kept[content]
                _empty(stream, by_reference)
                continue
            kept[content] = reference
            _store_with_palette(stream, _decode(stream).quantize(COLORS), to_cmyk)
            if "SMask" in stream.extra:
                _store_as_16_grays(by_reference[stream.extra["SMask"]])


def _image_resources(pdf: pydyf.PDF) -> Iterator[dict[str, bytes]]:
    for entry in pdf.objects:
        if isinstance(entry, pydyf.Dictionary) and isinstance(entry.get("XObject"), dict):
            yield entry["XObject"]


def _empty(stream: pydyf.Stream, by_reference: dict[bytes, Any]) -> None:
    """Remove the content of an unused image and of its mask."""
    stream.stream = [b""]
    if mask := stream.extra.pop("SMask", None):
        by_reference[mask].stream = [b""]


def _content(stream: pydyf.Stream) -> bytes:
    return b"".join(part if isinstance(part, bytes) else part.data for part in stream.stream)


def _decode(stream: pydyf.Stream) -> Image.Image:
    """Decode an image that WeasyPrint wrote: a JPEG file, or the data of a PNG file."""
    content = _content(stream)
    if stream.extra["Filter"] != "/DCTDecode":
        colors = {"/DeviceRGB": 2, "/DeviceGray": 0}[stream.extra["ColorSpace"]]
        size = struct.pack(">IIBBBBB", stream.extra["Width"], stream.extra["Height"], 8, colors, 0, 0, 0)
        chunks = ((b"IHDR", size), (b"IDAT", content), (b"IEND", b""))
        content = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)
    return Image.open(io.BytesIO(content))


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _store_with_palette(
    stream: pydyf.Stream, image: Image.Image, to_cmyk: ImageCms.ImageCmsTransform | None
) -> None:
    palette = bytes(image.getpalette() or ())[: COLORS * 3]
    count = len(palette) // 3
    space = "/DeviceRGB"
    if to_cmyk:
        swatches = Image.frombytes("RGB", (count, 1), palette)
        space, palette = "/DeviceCMYK", _transformed(swatches, to_cmyk).tobytes()
    indexed = pydyf.Array(["/Indexed", space, count - 1, f"<{palette.hex()}>"])
    _store(stream, indexed, image.tobytes(), bits=8)


def _store_as_16_grays(mask: pydyf.Stream) -> None:
    image = _decode(mask)
    grays = image.tobytes()
    packed = bytearray()
    for start in range(0, len(grays), image.width):
        row = grays[start : start + image.width] + b"\0" * (image.width % 2)
        packed += bytes(
            (left & 0xF0) | (right >> 4) for left, right in zip(row[::2], row[1::2], strict=True)
        )
    _store(mask, "/DeviceGray", bytes(packed), bits=4)


def _store(stream: pydyf.Stream, space: Any, content: bytes, bits: int) -> None:
    stream.stream = [zlib.compress(content, 9)]
    stream.extra |= {"ColorSpace": space, "BitsPerComponent": bits, "Filter": "/FlateDecode"}
    stream.extra.pop("DecodeParms", None)


def _transformed(image: Image.Image, transform: ImageCms.ImageCmsTransform) -> Image.Image:
    result = ImageCms.applyTransform(image.convert("RGB"), transform)
    assert result is not None  # applyTransform returns None only with inPlace=True
    return result
