"""A colour, for screens and for the press."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Percent = Annotated[float, Field(ge=0, le=100)]

CHANNEL_WEIGHTS = (0.2126, 0.7152, 0.0722)
"""How bright red, green and blue are (WCAG 2, relative luminance)."""

AS_BRIGHT_AS_BLACK_AND_WHITE = 0.179
"""The luminance at which black and white have the same contrast (WCAG 2)."""


class Color(BaseModel):
    """A colour, as `#rrggbb` for screens and office printers, and as CMYK in percent for a press.

    Without `cmyk`, a PDF/X-4 has what the profile of the press makes of `rgb`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rgb: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
    cmyk: tuple[Percent, Percent, Percent, Percent] | None = None

    @property
    def channels(self) -> tuple[int, int, int]:
        """Return red, green and blue, 0 to 255."""
        red, green, blue = bytes.fromhex(self.rgb[1:])
        return red, green, blue

    @property
    def is_dark(self) -> bool:
        """Tell whether white text is more legible on the colour than black text."""
        linear = (
            channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
            for channel in (value / 255 for value in self.channels)
        )
        luminance = sum(weight * value for weight, value in zip(CHANNEL_WEIGHTS, linear, strict=True))
        return luminance < AS_BRIGHT_AS_BLACK_AND_WHITE


def _from_hex(value: Any) -> Any:
    return {"rgb": value} if isinstance(value, str) else value


ColorOrHex = Annotated[Color, BeforeValidator(_from_hex)]
"""A `Color`, for which a file may also have its `rgb` alone."""
