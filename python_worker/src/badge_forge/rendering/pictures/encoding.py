"""Encode pixels as an image of a PDF (ISO 32000-1, 8.9.5)."""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import pydyf
from PIL import Image

QUALITY = 92
"""The JPEG quality of photographs that are encoded again."""

SPACES = {"L": "/DeviceGray", "RGB": "/DeviceRGB", "CMYK": "/DeviceCMYK"}
"""PDF color spaces by Pillow mode."""


@dataclass(frozen=True)
class EncodedImage:
    """An image of a PDF: the entries of its dictionary, its data, and its mask."""

    entries: dict[str, Any]
    data: bytes
    mask: Self | None = None

    def stream(self, interpolate: bool) -> pydyf.Stream:
        """Return a new object for a PDF. `interpolate` allows viewers to smooth the pixels."""
        stream = pydyf.Stream([self.data], self.entries | {"Interpolate": str(interpolate).lower()})
        if self.mask:
            stream.extra["SMask"] = self.mask.stream(interpolate)
        return stream


def encoded(image: Image.Image, mask: Image.Image | None, lossy: bool) -> EncodedImage:
    """Encode `image` (L, RGB or CMYK) and its `mask` (L). The image becomes a JPEG if `lossy`."""
    return EncodedImage(
        *(_as_jpeg(image) if lossy else _lossless(image)),
        None if mask is None else EncodedImage(*_lossless(mask)),
    )


def encoded_jpeg(image: Image.Image, content: bytes) -> EncodedImage:
    """Return the JPEG file `content` of `image` as it is."""
    entries = _entries(image) | {"Filter": "/DCTDecode"}
    if image.mode == "CMYK":  # Adobe stores the inks of a JPEG inverted
        entries["Decode"] = pydyf.Array((1, 0) * 4)
    return EncodedImage(entries, content)


def _entries(image: Image.Image) -> dict[str, Any]:
    return {
        "Type": "/XObject",
        "Subtype": "/Image",
        "Width": image.width,
        "Height": image.height,
        "ColorSpace": SPACES[image.mode],
        "BitsPerComponent": 8,
    }


def _as_jpeg(image: Image.Image) -> tuple[dict[str, Any], bytes]:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=QUALITY, optimize=True)
    jpeg = encoded_jpeg(image, file.getvalue())
    return jpeg.entries, jpeg.data


def _lossless(image: Image.Image) -> tuple[dict[str, Any], bytes]:
    """Encode an image with a predictor, as a PNG file does. Pillow writes the data."""
    file = io.BytesIO()
    channels = image
    if image.mode == "CMYK":  # PNG has no CMYK, but it has other images with four channels
        channels = Image.frombytes("RGBA", image.size, image.tobytes())
    channels.save(file, "PNG")
    parameters = {"Predictor": 15, "Columns": image.width, "Colors": len(channels.getbands())}
    entries = {"Filter": "/FlateDecode", "DecodeParms": pydyf.Dictionary(parameters)}
    return _entries(image) | entries, b"".join(_data_of_png(file.getvalue()))


def _data_of_png(png: bytes) -> Iterator[bytes]:
    """Yield the data of a PNG file that Pillow wrote, which PDF and PNG compress in the same way."""
    position = 8
    while position < len(png):
        length, name = struct.unpack_from(">I4s", png, position)
        if name == b"IDAT":
            yield png[position + 8 : position + 8 + length]
        position += length + 12
