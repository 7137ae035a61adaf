"""Load the CMYK profile of a printing press, and convert RGB colors and images to it."""

from functools import cached_property
from pathlib import Path

from PIL import Image, ImageCms

from badge_forge.errors import RenderingError
from badge_forge.rendering.bounded import Bounded
from badge_forge.rendering.weasyprint_internals import ColorProfile

PROFILES = tuple(
    Path(folder) / "default_cmyk.icc"
    for folder in (
        "/usr/share/color/icc/ghostscript",  # Debian
        "/opt/homebrew/share/ghostscript/iccprofiles",
        "/usr/local/share/ghostscript/iccprofiles",
    )
)
"""Paths of Ghostscript's default profile (SWOP). A print shop may ask for a different one."""

REMEMBERED = 10_000
"""The number of colors whose inks are kept."""


class CmykProfile:
    """The CMYK profile in the ICC file `profile`. The default is Ghostscript's.

    Raises `RenderingError` if the file can't be read or is not a CMYK profile.
    """

    def __init__(self, profile: Path | None) -> None:
        profile = profile or next((path for path in PROFILES if path.exists()), PROFILES[0])
        try:
            with profile.open("rb") as file:
                self._profile = ImageCms.ImageCmsProfile(file)
        except OSError as error:
            raise RenderingError(
                f"CMYK_PROFILE: can't read {profile}: {error.strerror or error}; "
                "PDF/X-4 needs an ICC profile of the press (Debian: libgs-common has one)"
            ) from error
        space = self._profile.profile.xcolor_space.strip()
        if space != "CMYK":
            raise RenderingError(
                f"CMYK_PROFILE: {profile} must be a CMYK profile, got: {space}; use that of the press"
            )
        self._path = profile
        self._inks = Bounded[tuple[int, ...], tuple[float, ...]](REMEMBERED)

    @cached_property
    def transform(self) -> ImageCms.ImageCmsTransform:
        """Return the transform of sRGB images to this profile."""
        return ImageCms.buildTransform(ImageCms.createProfile("sRGB"), self._profile, "RGB", "CMYK")

    def inks(self, rgb: tuple[float, ...]) -> tuple[float, ...]:
        """Return the inks, from 0 to 1, of an sRGB color, whose channels are from 0 to 1."""
        eight_bits = tuple(max(0, min(255, round(255 * channel))) for channel in rgb)
        if eight_bits not in self._inks:
            swatch = Image.new("RGB", (1, 1), eight_bits)
            converted = ImageCms.applyTransform(swatch, self.transform)
            assert converted is not None  # applyTransform returns None only with inPlace=True
            self._inks[eight_bits] = tuple(round(ink / 255, 4) for ink in converted.tobytes())
        return self._inks[eight_bits]

    @cached_property
    def _to_rgb(self) -> ImageCms.ImageCmsTransform:
        return ImageCms.buildTransform(self._profile, ImageCms.createProfile("sRGB"), "CMYK", "RGB")

    def rgb(self, inks: tuple[float, ...]) -> tuple[float, ...]:
        """Return the sRGB color, with channels from 0 to 1, of `inks` from 0 to 1."""
        swatch = Image.new("CMYK", (1, 1), tuple(round(255 * ink) for ink in inks))
        converted = ImageCms.applyTransform(swatch, self._to_rgb)
        assert converted is not None  # applyTransform returns None only with inPlace=True
        return tuple(channel / 255 for channel in converted.tobytes())

    @cached_property
    def color_profile(self) -> ColorProfile:
        """Return the profile in the form that WeasyPrint needs for the output intent."""
        with self._path.open("rb") as file:
            return ColorProfile(
                file, self._path.name, "relative-colorimetric", (["c"], ["m"], ["y"], ["k"])
            )
