"""Bad rows that a client of the table could insert, and that every application must refuse."""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from helpers import examples, schema

WORKERS = {
    "generate_badge": "badge_forge.generator.GenerateBadge",
    "print_center": "BadgeForge.PrintCenter",
}
QUEUES = {"generate_badge": "badges", "print_center": "printing"}

OTHER_WORKERS = [
    "os.system",
    "antigravity.Flight",
    "badge_forge.generator.GenerateBadges",
    "badge_forge.generator.GenerateBadge ",
    "Elixir.BadgeForge.PrintCenter",
    "BadgeForge.Printcenter",
    "System",
    ".",
    "x" * 127,
    "\x1b[2J\u202eworker",
]

OTHER_QUEUES = ["default", "badges ", "Badges", "print", "x" * 127, "\n[INFO]\u2028"]

TEN_MILLION = 10_000_000

UNKNOWN_KEY = re.compile(r"args: |.{1,64}: is (not a field of|not known)")
"""The start of a reason about a key that is not in the contract. The key may be any text."""

REFUSED = (psycopg.DataError, psycopg.IntegrityError, psycopg.errors.StatementTooComplex)
"""Errors of PostgreSQL for values it cannot store: NUL, surrogates, huge numbers, deep nesting."""

PLAIN = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
        st.sampled_from("\x1b\x7f\x85\u202e\u2028\ufeff'\"\\{}%$/"),
    ),
    max_size=80,
)
ODD = st.one_of(PLAIN, PLAIN, PLAIN, st.text(st.sampled_from("a\0\ud800\udfff"), max_size=3))
"""Texts of any characters, including a few that are valid JSON but refused by PostgreSQL."""

BLANK = st.text(" \t\n\r\u00a0\u3000\u200b\u200e\u202e\u2066\ufeff\u00ad", min_size=1, max_size=20)
SPACES = st.text(" \t\n\r", min_size=1, max_size=20)
WRONG_TYPES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.lists(ODD, max_size=3),
    st.dictionaries(ODD, st.one_of(ODD, st.integers()), max_size=3),
)

WRONG_OBJECTS = st.one_of(
    st.dictionaries(ODD.map(lambda text: f"{text}!"), ODD, min_size=1, max_size=3),
    st.dictionaries(st.just("table"), st.one_of(st.none(), st.integers(), st.lists(ODD)), min_size=1),
    st.integers(101, 5_000).map(lambda length: {"table": "x" * length}),
    st.integers(21, 200).map(lambda count: {f"field_{number}": "x" for number in range(count)}),
)

WRONG_TEXTS: dict[str, st.SearchStrategy[str]] = {
    "id": st.one_of(
        ODD,
        st.uuids().map(lambda uuid: UUID(int=uuid.int | 0xA << 124)).map(lambda uuid: str(uuid).upper()),
        st.uuids().map(lambda uuid: f"{uuid}\n"),
        st.integers().map(str),
    ),
    "type": ODD.map(lambda text: f"{text} "),
    "event_slug": ODD.map(lambda text: f"../{text}"),
    "photo": ODD.map(lambda text: f"../{text}"),
    "qr": ODD,
    "email": ODD.filter(lambda text: "@" not in text),
    "url": ODD.map(lambda text: f"javascript:{text}"),
    "design": ODD.map(lambda text: f"../{text}"),
    "event": st.one_of(st.just(""), BLANK),
    "file": st.one_of(
        ODD.map(lambda text: f"{text}/.pdf"),
        st.just("/etc/shadow.pdf"),
        st.just("../badge.pdf"),
        st.just("Ada.pdf"),
        st.integers(1, 200).map(lambda length: "x" * length),
        st.integers(1, 100).map(lambda length: "x/" * length + ".pdf"),
    ),
    "path": st.one_of(ODD.map(lambda text: f"x{text}"), st.just("/etc/passwd")),
}
"""For each field with a pattern: texts that break it."""


@dataclass(frozen=True)
class Raw:
    """JSON text that no Python value would be serialized to."""

    text: str

    def __repr__(self) -> str:
        return f"Raw({self.text[:40]!r})"


@dataclass(frozen=True)
class Huge:
    """A text of 10 million equal characters. It is built on insertion, because many are drawn."""

    character: str

    @property
    def text(self) -> str:
        """The text, as JSON."""
        return f'"{self.character * TEN_MILLION}"'


RAW = st.one_of(
    st.integers(2, 20_000).map(lambda depth: Raw("[" * depth + "]" * depth)),
    st.integers(2, 5_000).map(lambda depth: Raw('{"a":' * depth + "1" + "}" * depth)),
    st.integers(300, 140_000).map(lambda digits: Raw("9" * digits)),
    st.integers(300, 10_000).map(lambda digits: Raw("-" + "9" * digits + ".5")),
    st.integers(300, 20_000).map(lambda exponent: Raw(f"1e-{exponent}")),
    st.sampled_from(
        [Raw("-0"), Raw("1e400"), Raw("1E+308"), Raw("NaN"), Raw('"\\ud800"'), Raw('"\\u0000"')]
    ),
)


@dataclass(frozen=True)
class Row:
    """A row of `oban_jobs`. Its reason must name one of `faults`; "" means an unknown key."""

    args: dict[str, Any]
    faults: frozenset[str]
    columns: dict[str, Any] = field(default_factory=dict)

    def insert(self, connection: psycopg.Connection) -> int | None:
        """Insert the row and return its id, or None if PostgreSQL refuses it."""
        columns = self.columns | {"args": document(self.args)}
        names = ", ".join(columns)
        marks = ", ".join(f"%({name})s" for name in columns)
        statement = f"INSERT INTO oban_jobs ({names}) VALUES ({marks}) RETURNING id"
        try:
            row = connection.execute(statement.encode(), columns).fetchone()
        except (*REFUSED, UnicodeEncodeError):  # psycopg raises the last one for a surrogate
            return None
        assert row
        return int(row[0])

    def named_by(self, reason: str) -> bool:
        """Tell whether `reason` starts with one of `faults`."""
        if any(reason.startswith(f"{fault}: ") for fault in self.faults):
            return True
        return "" in self.faults and bool(UNKNOWN_KEY.match(reason))


def document(args: dict[str, Any]) -> str:
    """Return `args` as JSON."""
    parts = (
        f"{json.dumps(key)}:{value.text if isinstance(value, Raw | Huge) else json.dumps(value)}"
        for key, value in args.items()
    )
    return "{" + ",".join(parts) + "}"


def drawn[T](strategy: st.SearchStrategy[T], count: int, number: int = 1) -> list[T]:
    """Return `count` examples of `strategy`. The same `number` gives the same examples."""
    found: list[T] = []

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(value: T) -> None:
        found.append(value)

    collect()
    return found if len(found) >= count else found + drawn(strategy, count - len(found), number + 1)


@st.composite
def broken_args(
    draw: st.DrawFn, contract: str, *, raw: bool = True
) -> tuple[dict[str, Any], frozenset[str]]:
    """Draw args that break `contract` in one field or by an unknown key, and that field."""
    rules = schema(contract)
    args = dict(draw(st.sampled_from(list(examples(contract, "valid").values()))))
    key = draw(st.sampled_from(list(rules["properties"])))
    kinds = ["type", "text", "long", "key", *(["missing"] if key in rules["required"] else [])]
    match draw(st.sampled_from([*kinds, *(["raw", "huge"] if raw else [])])):
        case "missing":
            del args[key]
        case "key":
            key = ""
            args[draw(ODD.filter(lambda odd: odd not in rules["properties"]))] = draw(
                st.one_of(WRONG_TYPES, ODD)
            )
        case "raw":
            args[key] = draw(RAW)
        case "huge" if draw(st.integers(0, 9)) == 0:
            args[key] = Huge(draw(st.sampled_from("xß")))
        case "text" if key in WRONG_TEXTS or "pattern" in rules["properties"][key]:
            args[key] = draw(WRONG_TEXTS.get(key, SPACES))
        case "long" if "maxLength" in rules["properties"][key]:
            longest = rules["properties"][key]["maxLength"]
            args[key] = draw(st.integers(longest + 1, longest + 5_000)) * draw(
                st.sampled_from("xß😀\u202e")
            )
        case _ if rules["properties"][key].get("type") == "object":
            args[key] = draw(st.one_of(ODD, st.lists(ODD, max_size=3), WRONG_OBJECTS))
        case _:
            args[key] = draw(WRONG_TYPES)
    return args, frozenset({key})


@st.composite
def bad_rows(draw: st.DrawFn, contract: str) -> Row:
    """Draw a row that must not run, because of its args, worker, queue or meta."""
    args, faults = draw(broken_args(contract))
    columns: dict[str, Any] = {
        "worker": WORKERS[contract],
        "queue": QUEUES[contract],
        "max_attempts": draw(st.sampled_from([1, 5, 20, 2**31 - 1])),
        "priority": draw(st.integers(-1, 10))
        if draw(st.integers(0, 9)) == 0
        else draw(st.integers(0, 9)),
        "tags": draw(st.lists(ODD, max_size=2)) if draw(st.integers(0, 9)) == 0 else [],
        "scheduled_at": draw(
            st.sampled_from(["1970-01-01", "2020-02-29 23:59:59.999999", "0001-01-01"])
        ),
        "meta": "{}",
    }
    match draw(st.integers(0, 9)):
        case 0:
            columns["worker"] = draw(st.one_of(st.sampled_from(OTHER_WORKERS), ODD.filter(str.strip)))
            faults = frozenset({"worker"})
        case 1:
            columns["queue"] = draw(st.one_of(st.sampled_from(OTHER_QUEUES), ODD.filter(str.strip)))
            faults = frozenset({"queue", "worker"})
        case 2:
            columns["meta"] = document(draw(st.dictionaries(ODD, RAW, max_size=2)))
            faults |= {"meta"}
    return Row(args, faults, columns)
