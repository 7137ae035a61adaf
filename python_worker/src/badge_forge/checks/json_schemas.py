"""Tell whether one JSON Schema accepts all that another accepts.

The library jsoncompat proves it, or finds a value that is an exception. Sometimes it can do neither, for
example for two patterns. The answer is then no, with the reason.
"""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from badge_forge.errors import UsageError
from badge_forge.text.text import one_line

if TYPE_CHECKING:  # only a development environment has it
    from jsoncompat import SchemaOptions

type Schema = dict[str, Any]

# Some validators enforce `format`.
OPTIONS: "SchemaOptions" = {"assert_formats": True}

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
    try:
        import jsoncompat
    except ImportError:
        raise UsageError("jsoncompat is not installed: run `make setup-dev`") from None
    old, new = json.dumps(of), json.dumps(schema)
    try:
        result = jsoncompat.analyze_compat(old, new, "deserializer", options=OPTIONS)
        if result["status"] != "unknown":
            return Answer(result["status"] == "compatible")
        before, after = (jsoncompat.validator_for(each, options=OPTIONS) for each in (old, new))
        instances = (
            [{field: value} for value in _limits([of, schema], _text(of, field))] if field else []
        )
        if any(before.is_valid_value(each) and not after.is_valid_value(each) for each in instances):
            return NO
    except ValueError as error:  # the schema is wrong, or has something that jsoncompat does not support
        return Answer(False, one_line(str(error), REASON_LENGTH))
    # "old schema #/properties/x: property 'x': REASON; no validated counterexample was found (…)"
    reason = result["reason"].partition("; no validated")[0].rpartition("': ")[2]
    return Answer(False, one_line(reason, REASON_LENGTH))


def _text(schema: Schema, field: str) -> str:
    """Return a text that `field` may have, to which more of its last character may be added."""
    import jsoncompat

    try:
        generator = jsoncompat.generator_for(json.dumps(schema | {"required": [field]}))
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
