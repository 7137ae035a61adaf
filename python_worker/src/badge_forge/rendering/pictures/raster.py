"""Pictures of pixels: everything that Pillow can decode, reduced to the resolution of a press."""

import io
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import pydyf
from PIL import Image, ImageCms, ImageFile, ImageOps, UnidentifiedImageError

from badge_forge.rendering.bounded import Bounded
from badge_forge.rendering.cmyk import CmykProfile
from badge_forge.rendering.pictures.encoding import EncodedImage, encoded, encoded_jpeg
from badge_forge.rendering.pictures.picture import PictureError, naming

DPI = 600
"""The resolution that pictures are reduced to. A press prints nothing finer."""

MAX_PIXELS = 100_000_000
"""The maximum number of pixels to decode. A JPEG can be decoded in a half to an eighth of its size."""

STEP = 0.95
"""Pictures are reduced in steps. One whose size differs between badges is not encoded for each."""

KEPT_SIZES = 8

SIXTEEN_BITS = ("I;16", "I;16B", "I;16L", "I;16N")

EXIF_ORIENTATION = 0x0112

PHOTOGRAPHS = ("JPEG", "MPO")


class RasterPicture:
    """The picture in the file `content`, in CMYK if there is a `cmyk` profile.

    Raises `DesignError`, with the `name` of the picture, if it can't be decoded. The pixels are decoded
    when the picture is first written.
    """

    def __init__(self, name: str, content: bytes, cmyk: CmykProfile | None) -> None:
        self._name = name
        self._content = content
        self._cmyk = cmyk
        self._encoded = Bounded[float, EncodedImage](KEPT_SIZES)
        self.id = sha256(content).hexdigest()
        """Names the picture in a PDF."""

        with naming(name), _opened(content) as image:
            self.width, self.height = image.size
            self._format = image.format
            if self._format not in PHOTOGRAPHS:
                _require_few_pixels(image)
            # Not image.getexif(), which decodes a PNG.
            orientation = Image.Image.getexif(image).get(EXIF_ORIENTATION, 1)
        self._upright = orientation == 1
        if orientation in (5, 6, 7, 8):  # turned by 90 degrees
            self.width, self.height = self.height, self.width

    def get_intrinsic_size(self, resolution: float, _font_size: float) -> tuple[float, float, float]:
        """Return width and height in CSS pixels, and their ratio. Called by WeasyPrint."""
        return self.width / resolution, self.height / resolution, self.width / self.height

    def draw(self, stream: Any, width: float, height: float, style: Any) -> None:
        """Draw on a `BadgeStream`, at `width` by `height` CSS pixels."""
        if not (width and height):
            return
        across_pt, down_pt = stream.size_in_pt(width, height)
        needed = max(across_pt / self.width, down_pt / self.height) * DPI / 72
        reduced = STEP ** max(0, math.floor(math.log(needed, STEP)))
        name = stream.add_image(self, style["image_rendering"] == "auto", reduced)
        stream.transform(width, 0, 0, -height, 0, height)
        stream.draw_x_object(name)

    def get_x_object(self, interpolate: bool, reduced: float) -> pydyf.Stream:
        """Return a PDF's image of `reduced` times the width and height. Called by WeasyPrint.

        Raises `DesignError` if the picture can't be decoded.
        """
        if reduced not in self._encoded:
            with naming(self._name):
                self._encoded[reduced] = self._encode(reduced)
        return self._encoded[reduced].stream(interpolate)

    def _encode(self, reduced: float) -> EncodedImage:
        size = max(1, round(self.width * reduced)), max(1, round(self.height * reduced))
        photograph = self._format in PHOTOGRAPHS
        with _opened(self._content) as image:
            kept = self._upright and reduced == 1 and image.mode in ("L", "RGB", "CMYK")
            if photograph and kept and not (image.mode == "RGB" and self._cmyk):
                image.draft(None, (1, 1))  # decode as little as possible: only to find errors
                image.load()
                with _opened(self._content) as original:
                    return encoded_jpeg(original, self._content)
            if photograph:
                image.draft(None, size if self._upright else (min(size), min(size)))
            _require_few_pixels(image)
            image.load()
            pixels, mask = _pixels_and_mask(image if self._upright else ImageOps.exif_transpose(image))
            if reduced < 1:
                pixels.thumbnail(size, Image.Resampling.LANCZOS, reducing_gap=3)
                if mask:
                    mask = mask.resize(pixels.size, Image.Resampling.LANCZOS, reducing_gap=3)
            if self._cmyk and pixels.mode == "RGB":
                converted = ImageCms.applyTransform(pixels, self._cmyk.transform)
                assert converted is not None  # applyTransform returns None only with inPlace=True
                pixels = converted
            return encoded(pixels, mask, lossy=photograph)


@contextmanager
def _opened(content: bytes) -> Iterator[Image.Image]:
    """Open a picture, and convert all errors inside the block to `PictureError`.

    Truncated pictures are errors, which WeasyPrint would draw in part. The number of pixels is not
    limited here, since only few pixels of a JPEG may be needed.
    """
    limit, tolerant = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES
    Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = None, False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as broken metadata
            with Image.open(io.BytesIO(content)) as image:
                yield image
    except (PictureError, MemoryError):
        raise
    except UnidentifiedImageError as error:
        raise PictureError(
            "it is not a picture, or of an unknown kind; use PNG, JPEG, TIFF, WebP, SVG or PDF"
        ) from error
    except Exception as error:  # decoders raise errors of many types
        raise PictureError(f"it can't be decoded: {error or type(error).__name__}") from error
    finally:
        Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = limit, tolerant


def _require_few_pixels(image: Image.Image) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise PictureError(
            f"it has {image.width} x {image.height} pixels, but at most "
            f"{MAX_PIXELS // 1_000_000} megapixels can be decoded; save it with fewer"
        )


def _pixels_and_mask(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Return `image` in the mode L, RGB or CMYK, and its transparency, if any, in the mode L."""
    if image.mode in SIXTEEN_BITS:  # convert() would make everything above 255 white
        return image.point(lambda gray: gray / 256).convert("L"), None
    if image.mode in ("I", "F"):
        raise PictureError("it has 32 bits per pixel; save it with 8 or 16")
    if image.has_transparency_data:
        gray = image.mode in ("L", "LA", "La", "1")
        both = image.convert("LA" if gray else "RGBA")
        mask = both.getchannel("A")
        opaque = mask.getextrema() == (255, 255)
        return both.convert("L" if gray else "RGB"), None if opaque else mask
    if image.mode in ("L", "RGB", "CMYK"):
        return image, None
    return image.convert("L" if image.mode == "1" else "RGB"), None
