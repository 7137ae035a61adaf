"""The attendee: the validated args of a badge job."""

from typing import get_args

from pydantic import ConfigDict, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from badge_forge.contracts.generate_badge import (
    DesignName,
    EventSlug,
    GenerateBadgeArgs,
    QrKind,
    TypeSlug,
)
from badge_forge.text.text import is_visible

__all__ = ["DEFAULT_DESIGN", "QR_KINDS", "Attendee", "DesignName", "EventSlug", "TypeSlug"]

QR_KINDS: tuple[QrKind, ...] = get_args(QrKind.__value__)

DEFAULT_DESIGN: DesignName = GenerateBadgeArgs.model_fields["design"].default


class Attendee(GenerateBadgeArgs):
    """The person on a badge.

    Its fields are those of the contract. It adds what a type cannot express. Optional fields without a
    default in the contract are empty.
    """

    model_config = ConfigDict(defer_build=False)

    @field_validator("name", "badge_name", "event")
    @classmethod
    def _is_not_blank(cls, text: str) -> str:
        if not is_visible(text):
            raise PydanticCustomError("blank", "should not be blank")
        return text

    @field_validator("photo")
    @classmethod
    def _has_its_event(cls, photo: str, info: ValidationInfo) -> str:
        if info.data.get("event_slug") == "":
            raise PydanticCustomError("no_event", "needs the field event_slug")
        return photo

    @field_validator("qr")
    @classmethod
    def _has_its_url(cls, qr: QrKind, info: ValidationInfo) -> QrKind:
        if qr == "url" and info.data.get("url") == "":
            raise PydanticCustomError("no_url", "needs the field url")
        return qr
