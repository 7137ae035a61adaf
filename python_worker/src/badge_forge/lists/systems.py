"""The registration systems whose lists are recognised, and likely headers of other lists."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

FIELDS = (
    "ticket",
    "order",
    "position",
    "name",
    "given",
    "family",
    "badge_name",
    "company",
    "title",
    "pronouns",
    "email",
    "url",
    "type",
    "ticket_name",
    "variation",
    "status",
    "void",
    "addon_to",
    "quantity",
)
"""What a column can be. `ticket` identifies a person's ticket; `ticket_name` is the kind of ticket."""

QUESTIONED = ("badge_name", "company", "title", "pronouns", "url")
"""Fields that a system does not have, and that an organiser asks for in a question."""

PRETIX_SIGNATURES = {
    "pretix-positions": ("order", "position", "product", "name"),
    "pretix-check-in": ("order", "product", "name", "checked_in"),
}

PRETIX_COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "pretix-positions": {
        "order": ("order",),
        "position": ("position",),
        "status": ("status",),
        "name": ("name",),
        "email": ("email",),
        "company": ("company",),
        "ticket_name": ("product",),
        "variation": ("variation",),
        "addon_to": ("addon_to",),
        "void": ("blocked",),
    },
    "pretix-check-in": {
        "order": ("order",),
        "ticket": ("list_secret",),
        "name": ("name",),
        "email": ("email", "buyer_email"),
        "company": ("company", "list_company"),
        "ticket_name": ("product",),
        "status": ("paid",),
        "void": ("blocked",),
    },
}
"""Our fields in a list of pretix, each by the keys of pretix.toml."""

PRETIX_ACCEPTED = ("paid", "confirmed", "yes")
PRETIX_TITLES = {
    "pretix-positions": "pretix, order positions",
    "pretix-check-in": "pretix, check-in list",
}

_MARKS = re.compile(r"[\s_\-–/’'`*:?.!#]+")


@dataclass(frozen=True)
class System:
    """A system's list: see systems.toml. Headers and words are folded."""

    name: str
    title: str
    signature: frozenset[str]
    columns: dict[str, tuple[str, ...]]
    accepted: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    empty: frozenset[str] = frozenset()
    type: str | None = None
    questions: bool = False
    name_parts: str = ""
    """How a header of a part of the name begins, which is no question."""


@dataclass(frozen=True)
class Likely:
    """Likely headers of a field: whole ones in order of preference, and words inside of one."""

    whole: tuple[str, ...]
    words: tuple[str, ...] = field(default=())


def folded(text: str) -> str:
    """Return `text` without case, and without the spaces and marks that do not tell headers apart."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return _MARKS.sub(" ", text).strip()


@cache
def systems() -> tuple[System, ...]:
    """Return all systems, and for pretix one for each of its languages."""
    read = [_system(name, table) for name, table in _data("systems").items()]
    return (*_pretix(), *read)


@cache
def likely() -> dict[str, Likely]:
    """Return the likely headers by field."""
    return {
        name: Likely(tuple(map(folded, table["whole"])), tuple(map(folded, table.get("words", ()))))
        for name, table in _data("likely").items()
        if name in FIELDS
    }


@cache
def status_words() -> tuple[frozenset[str], frozenset[str]]:
    """Return the words of a status that get a badge, and those that do not, in any other list."""
    words = _data("likely")["status_words"]
    return frozenset(map(folded, words["accepted"])), frozenset(map(folded, words["refused"]))


def _data(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))


def _system(name: str, table: dict[str, Any]) -> System:
    columns = {
        field: tuple(map(folded, [headers] if isinstance(headers, str) else headers))
        for field, headers in table["columns"].items()
    }
    return System(
        name,
        table["title"],
        frozenset(map(folded, table["signature"])),
        columns,
        frozenset(map(folded, table.get("accepted", ()))),
        frozenset(map(folded, table.get("refused", ()))),
        empty=frozenset(text.casefold() for text in table.get("empty", ())),
        type=table.get("type"),
        questions=table.get("questions", False),
    )


def _pretix() -> list[System]:
    data = _data("pretix")
    english = data["en"]
    found = []
    for language, translated in data.items():
        headers = {key: folded(text) for key, text in (english | translated).items() if key != "words"}
        words = english["words"] | translated.get("words", {})
        accepted = {folded(words[key]) for key in PRETIX_ACCEPTED}
        refused = {folded(text) for text in words.values()} - accepted | {folded("No")}
        for name, signature in PRETIX_SIGNATURES.items():
            columns = {
                field: tuple(headers[key] for key in keys)
                for field, keys in PRETIX_COLUMNS[name].items()
            }
            found.append(
                System(
                    name,
                    f"{PRETIX_TITLES[name]} ({language})",
                    frozenset(headers[key] for key in signature),
                    columns,
                    frozenset(accepted),
                    frozenset(refused),
                    name_parts=headers["name_part"].removesuffix("{part}").strip(),
                )
            )
    return found
