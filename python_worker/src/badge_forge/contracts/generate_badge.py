"""Generated from db/contracts/generate_badge.schema.json by `make contracts`."""

from typing import Annotated, Literal, TypeAliasType

from pydantic import Field, StringConstraints

from badge_forge.args import Args

FieldsAdditionalProperty = TypeAliasType(
    "FieldsAdditionalProperty", Annotated[str, Field(max_length=100)]
)


type TypeSlug = Annotated[
    str,
    Field(
        json_schema_extra={"x-must": "be of a-z, 0-9 and single hyphens"},
        max_length=40,
        pattern="^[a-z0-9]+(-[a-z0-9]+)*$",
    ),
]
"""The type of the badge, for example "speaker": one that the event or the design declares."""


type EventSlug = Annotated[
    str,
    Field(
        json_schema_extra={"x-must": "be of a-z, 0-9 and single hyphens"},
        max_length=60,
        pattern="^[a-z0-9]+(-[a-z0-9]+)*$",
    ),
]
"""The event, a file of the worker: events/SLUG.toml. It has the name, place, dates and types."""


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
    type: TypeSlug
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
    """The name of the event, if it has no file. Default: the name in its file, or in the design."""
    event_slug: EventSlug = ""
    fields: Annotated[
        dict[
            Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)],
            FieldsAdditionalProperty,
        ],
        Field(
            json_schema_extra={
                "x-must": "have names of a-z, 0-9 and _ that begin with a letter, 40 characters or fewer"
            },
            max_length=20,
        ),
    ] = {}
    """Short texts of the organiser's own, by name, for example {"table": "12"}."""
    photo: Annotated[
        str,
        Field(
            json_schema_extra={"x-must": "be a file's name, without a folder"},
            max_length=120,
            min_length=1,
            pattern="^[^\\./\\\\\\u0000-\\u001f][^/\\\\\\u0000-\\u001f]*$",
        ),
    ] = ""
    """The file name of a photo or a logo in the event's folder, events/SLUG/. Requires the field event_slug."""
    design: DesignName = "conf-4x6"
    qr: QrKind = "id"
    blank: bool = False
    """A spare badge: a line to write on is printed instead of the name, which is only for lists and logs."""
