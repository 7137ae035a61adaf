"""Generated from db/contracts/generate_badge.schema.json by `make contracts`."""

from typing import Annotated, Literal

from pydantic import Field

from badge_forge.args import Args

type AttendeeType = Literal["attendee", "speaker", "sponsor", "organizer"]
"""The role of the attendee. The design chooses colours by it."""


type DesignName = Annotated[
    str,
    Field(
        json_schema_extra={"x-must": "be of a-z, 0-9 and single hyphens"},
        max_length=60,
        pattern="^[a-z0-9]+(-[a-z0-9]+)*$",
    ),
]
"""The name of the design."""


type QrKind = Literal["id", "vcard", "url", "none"]
"""The content of the QR code, which anyone can read with a phone. The kind id, the badge's id, reveals nothing about the person. The kind url requires the field url."""


class GenerateBadgeArgs(Args):
    """The args of a badge job. Queue: badges."""

    id: Annotated[
        str,
        Field(
            json_schema_extra={"x-must": "be a UUID in lower case"},
            max_length=36,
            min_length=36,
            pattern="^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
        ),
    ]
    """Identifies the badge: a UUID in canonical lower-case form. It is part of the PDF's name and makes each step idempotent."""
    name: Annotated[
        str,
        Field(
            json_schema_extra={"x-must": "not be blank"},
            max_length=200,
            min_length=1,
            pattern="[^\\s\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufe00-\\ufe0f\\ufeff]",
        ),
    ]
    """The name that is printed, in any script. At least one visible character."""
    badge_name: Annotated[
        str,
        Field(
            json_schema_extra={"x-must": "not be blank"},
            max_length=40,
            min_length=1,
            pattern="[^\\s\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufe00-\\ufe0f\\ufeff]",
        ),
    ] = ""
    """The text to print largest: a call name, a stage name, a preferred name. Default: the given name, or the whole name if in doubt. The name is printed below it."""
    company: Annotated[str, Field(max_length=200)]
    """The company or organisation. May be empty."""
    type: AttendeeType
    title: Annotated[str, Field(max_length=200)] = ""
    """The job title, for example "Staff Engineer"."""
    pronouns: Annotated[str, Field(max_length=40)] = ""
    """The pronouns, for example "she/her"."""
    email: Annotated[
        str,
        Field(
            json_schema_extra={"x-must": "be an e-mail address"},
            max_length=254,
            pattern="^[^\\s@]+@[^\\s@]+$",
        ),
    ] = ""
    """Not printed as text. The QR code of kind vcard contains it."""
    url: Annotated[
        str,
        Field(
            json_schema_extra={"x-must": "begin with https:// or http://, and have no space"},
            max_length=200,
            pattern="^https?://[^\\s/]+\\S*$",
        ),
    ] = ""
    """The QR codes of kind url and vcard contain it."""
    event: Annotated[
        str,
        Field(json_schema_extra={"x-must": "not be blank"}, max_length=60, min_length=1, pattern="\\S"),
    ] = ""
    """The name of the event. Default: the name in the design."""
    design: DesignName = "conf-4x6"
    qr: QrKind = "id"
    blank: bool = False
    """A spare badge: a line to write on is printed instead of the name, which is only for lists and logs."""
