"""Tell whether one JSON Schema accepts all that another accepts.

The library jsoncompat proves it, or finds a value that is an exception. Sometimes it can do neither, for
example for two patterns. The answer is then no, with the reason.
"""

import json
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, NamedTuple

from badge_forge.errors import UsageError
from badge_forge.text.text import one_line

type Schema = dict[str, Any]

# Some validators enforce `format`.
OPTIONS = {"assert_formats": True}

NAMED = {"properties", "patternProperties", "$defs", "dependentSchemas"}
"""Keywords with a schema for each name."""

DATA = {"enum", "const", "default", "examples", "dependentRequired"}
"""Keywords whose values contain no schema."""

UNDECIDED = {"patternProperties", "unevaluatedProperties", "unevaluatedItems"}
"""Keywords with which jsoncompat, or `_with_all_fields`, is not right."""

OF_OBJECTS = {"properties", "required", "dependentRequired", "dependentSchemas", "additionalProperties"}

LONGEST_TEXT = 10_000
"""The longest text that is tried as an exception."""

REASON_LENGTH = 160


class Answer(NamedTuple):
    """Whether everything is accepted. If that is not known, `unproven` says why."""

    accepted: bool
    unproven: str = ""


YES, NO = Answer(True), Answer(False)


def accepts_all(schema: Schema, of: Schema, field: str | None = None) -> Answer:
    """Tell whether `schema` accepts all that the schema `of` accepts.

    If jsoncompat does not know, values of `field` at the limits of both are tried as exceptions. Raises
    `UsageError` if jsoncompat is not installed.
    """
    compat = _jsoncompat()
    if found := UNDECIDED & {*_keywords(of), *_keywords(schema)}:
        return Answer(False, f"the check does not understand {' and '.join(sorted(found))}")
    old, new = _prepared(schema, of)
    try:
        result = compat.analyze_compat(old, new, "deserializer", options=OPTIONS)
        if result["status"] != "unknown":
            return Answer(result["status"] == "compatible")
        before, after = (compat.validator_for(each, options=OPTIONS) for each in (old, new))
        for value in _limits([of, schema], _text(of, field)) if field else ():
            instance = {str(field): value}
            if before.is_valid_value(instance) and not after.is_valid_value(instance):
                return NO
    except ValueError as error:  # the schema is wrong, or has something that jsoncompat does not support
        return Answer(False, one_line(str(error), REASON_LENGTH))
    # "old schema #/properties/x: property 'x': REASON; no validated counterexample was found (…)"
    reason = result["reason"].partition("; no validated")[0].rpartition("': ")[2]
    return Answer(False, one_line(reason, REASON_LENGTH))


def surely_accepts_all(schema: Schema, of: Schema) -> bool:
    """Tell the same as `accepts_all`, but faster, because it looks for no exceptions."""
    if UNDECIDED & {*_keywords(of), *_keywords(schema)}:
        return False
    try:
        proven = _jsoncompat().check_compat(*_prepared(schema, of), "deserializer", options=OPTIONS)
        return bool(proven)
    except ValueError:
        return False


def _jsoncompat() -> ModuleType:
    try:
        import jsoncompat
    except ImportError:
        raise UsageError("jsoncompat is not installed: run `make setup-dev`") from None
    return jsoncompat


def _prepared(schema: Schema, of: Schema) -> tuple[str, str]:
    """Return the old schema `of` and the new one, `schema`, as jsoncompat needs them."""
    names = {*_names(of), *_names(schema)}
    return json.dumps(_with_all_fields(of, names)), json.dumps(_with_all_fields(schema, names))


def each_schema(schema: Any, change: Callable[[Schema], Schema]) -> Any:
    """Return `schema` with all schemas in it, and itself, changed by `change`."""
    if isinstance(schema, list):
        return [each_schema(each, change) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner: Schema = {}
    for key, value in schema.items():
        if key in NAMED and isinstance(value, dict):
            inner[key] = {name: each_schema(rule, change) for name, rule in value.items()}
        else:
            inner[key] = value if key in DATA else each_schema(value, change)
    return change(inner)


def _parts(schema: Any) -> list[Schema]:
    """Return all schemas in `schema`, and itself."""
    found: list[Schema] = []

    def collect(part: Schema) -> Schema:
        found.append(part)
        return part

    each_schema(schema, collect)
    return found


def _keywords(schema: Schema) -> Iterator[str]:
    """Yield all keywords in `schema`."""
    for part in _parts(schema):
        yield from part


def _names(schema: Schema) -> Iterator[str]:
    """Yield the names of all fields that `schema` mentions."""
    for part in _parts(schema):
        for key in ("properties", "required", "dependentRequired", "dependentSchemas"):
            yield from part.get(key, ())
        for names in part.get("dependentRequired", {}).values():
            yield from names


def _with_all_fields(schema: Schema, names: set[str]) -> Any:
    """Return `schema` with a rule for each of `names` in objects that may have further fields.

    jsoncompat ignores that a field which a schema does not mention may have any value.
    """

    def declare(part: Schema) -> Schema:
        if not (OF_OBJECTS & part.keys() or "object" in part.get("type", ())):
            return part
        further = part.get("additionalProperties", True)
        return part | {"properties": dict.fromkeys(sorted(names), further) | part.get("properties", {})}

    return each_schema(schema, declare)


def _text(schema: Schema, field: str) -> str:
    """Return a text that `field` may have, to which more of its last character may be added."""
    try:
        generator = _jsoncompat().generator_for(json.dumps(schema | {"required": [field]}))
        text = json.loads(generator.generate_value())[field]
    except ValueError:  # there is none, or none was found
        text = None
    return text if isinstance(text, str) and text else "x"


def _limits(schema: Any, text: str) -> Iterator[Any]:
    """Yield what `schema` contains, its numbers and those next to them, and `text` in such a length."""
    match schema:
        case dict() | list():
            for each in schema.values() if isinstance(schema, dict) else schema:
                yield from _limits(each, text)
        case bool() | str() | None:
            yield schema
        case int() | float():
            for number in (schema, schema - 1, schema + 1):
                yield number
                if isinstance(number, int) and 0 <= number <= LONGEST_TEXT:
                    yield (text + text[-1] * number)[:number]
