"""The attendee: the validated args of a badge job."""

from typing import get_args

from pydantic import ConfigDict, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from badge_forge.contracts.generate_badge import AttendeeType, DesignName, GenerateBadgeArgs, QrKind
from badge_forge.text.text import is_visible

__all__ = ["ATTENDEE_TYPES", "DEFAULT_DESIGN", "QR_KINDS", "Attendee", "AttendeeType", "DesignName"]

ATTENDEE_TYPES: tuple[AttendeeType, ...] = get_args(AttendeeType.__value__)

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

    @field_validator("qr")
    @classmethod
    def _has_its_url(cls, qr: QrKind, info: ValidationInfo) -> QrKind:
        if qr == "url" and info.data.get("url") == "":
            raise PydanticCustomError("no_url", "needs the field url")
        return qr
