"""List the changes between two versions of a contract, and what each means for rows and readers."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from badge_forge.checks.json_schemas import (
    YES,
    Answer,
    Schema,
    accepts_all,
    each_schema,
    surely_accepts_all,
)
from badge_forge.text.text import cut

ANNOTATIONS = {"$comment", "title", "description", "default", "examples", "deprecated"}
"""Keywords that refuse nothing. So do those that begin with `x-`."""

FIXED = ("$schema", "$id", "type")

RELATIONS = (
    ("if", "then", "else"),
    *[(each,) for each in ("anyOf", "oneOf", "allOf", "not", "dependentRequired", "dependentSchemas")],
    *[(each,) for each in ("minProperties", "maxProperties", "propertyNames")],
)
"""Groups of keywords. Each refuses args whatever the others say."""

KNOWN = {*FIXED, "$defs", "properties", "required", "additionalProperties"}.union(*RELATIONS)

SHOWN_LENGTH = 60


@dataclass(frozen=True)
class Change:
    """One change of a contract.

    `reads`: the new reader accepts all rows that the old contract allows. `writes`: the old reader
    accepts all rows that the new contract allows.
    """

    what: str
    reads: Answer
    writes: Answer


def changes(old: Schema | None, new: Schema | None) -> list[Change]:
    """Return the changes from `old` to `new`. None means that there is no such contract."""
    if old is None:
        return [Change("the contract is new", YES, Answer(False))]
    if new is None:
        return [Change("the contract is removed", Answer(False), YES)]
    before, after = _rules(old), _rules(new)
    if _same(before, after):
        return list(_defaults(old, new))
    if not _is_all_of_its_parts(before, after):
        return [_compared("changed", before, after), *_defaults(old, new)]
    parts = list(_parts(before, after))
    # A part can refuse more than the whole does, for example if a rule is now in another place.
    if surely_accepts_all(after, before):
        parts = [replace(part, reads=YES) for part in parts]
    if surely_accepts_all(before, after):
        parts = [replace(part, writes=YES) for part in parts]
    return [*parts, *_defaults(old, new)]


def _is_all_of_its_parts(old: Schema, new: Schema) -> bool:
    """Tell whether each version accepts what all its `_parts` accept, and nothing else."""
    return (
        old.keys() | new.keys() <= KNOWN
        and all(_same(old.get(key), new.get(key)) for key in FIXED)
        # A reference to something else would mean another thing in a part.
        and all(reference.startswith("#/$defs/") for reference in _references([old, new]))
    )


def _parts(old: Schema, new: Schema) -> Iterator[Change]:
    """Yield the changes of each field, of unknown fields, and of relations between fields."""
    fields = dict.fromkeys([*_fields(old), *_fields(new), *_required(old), *_required(new)])
    for field in fields:
        before, after = _of_field(old, field), _of_field(new, field)
        if not _same(before, after):
            yield _compared(f"{field}: {_described(old, new, field)}", before, after, field)
    for keywords in (("additionalProperties",), *RELATIONS):
        before, after = _only(old, *keywords), _only(new, *keywords)
        if not _same(before, after):
            if keywords == ("additionalProperties",):
                before, after = (
                    each | {"properties": dict.fromkeys(fields, True)} for each in (before, after)
                )
            yield _compared(f"{'/'.join(keywords)} changed", before, after)


def _compared(what: str, old: Schema, new: Schema, field: str | None = None) -> Change:
    return Change(what, accepts_all(new, old, field), accepts_all(old, new, field))


def _fields(schema: Schema) -> dict[str, Any]:
    fields: dict[str, Any] = schema.get("properties", {})
    return fields


def _required(schema: Schema) -> list[str]:
    required: list[str] = schema.get("required", [])
    return required


def _only(schema: Schema, *keywords: str) -> Schema:
    """Return the part of `schema` with these keywords, and the definitions that it may refer to."""
    part = {key: schema[key] for key in ("$schema", "type", *keywords) if key in schema}
    return part | ({"$defs": schema["$defs"]} if any(_references(part)) and "$defs" in schema else {})


def _of_field(schema: Schema, field: str) -> Schema:
    """Return a schema of objects that have no other field than `field`, or none."""
    rule = _fields(schema).get(field, schema.get("additionalProperties", True))
    required = [field] if field in _required(schema) else []
    part = _only(schema | {"properties": {field: rule}, "required": required}, "properties", "required")
    return part | {"additionalProperties": False}


def _rules(schema: Schema) -> Schema:
    """Return `schema` without annotations."""

    def strip(part: Schema) -> Schema:
        rules = {k: v for k, v in part.items() if k not in ANNOTATIONS and not k.startswith("x-")}
        return rules | ({"required": sorted(rules["required"])} if "required" in rules else {})

    stripped: Schema = each_schema(schema, strip)
    return stripped


def _references(schema: Any) -> Iterator[str]:
    """Yield the references in `schema`, and the keywords that change what a reference means."""
    if isinstance(schema, list):
        for each in schema:
            yield from _references(each)
    elif isinstance(schema, dict):
        for key, value in schema.items():
            if key == "$ref":
                yield str(value)
            elif key in ("$dynamicRef", "$anchor", "$dynamicAnchor"):
                yield key
            yield from _references(value)


def _same(one: Any, other: Any) -> bool:
    # For Python, 1 equals True.
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _defaults(old: Schema, new: Schema) -> Iterator[Change]:
    """Yield the changed defaults. They refuse no row, but give one without the field another meaning."""
    for field in _fields(old).keys() & _fields(new):
        before, after = (_fields(each)[field] for each in (old, new))
        shown = [_shown(each, "default") for each in (before, after)]
        if shown[0] != shown[1]:
            yield Change(f"{field}: default {shown[0]} → {shown[1]}, also for rows that wait", YES, YES)


def _described(old: Schema, new: Schema, field: str) -> str:
    before, after = _fields(old).get(field), _fields(new).get(field)
    was, becomes = (field in _required(each) for each in (old, new))
    if before is not None and after is None:
        return "removed"
    if before is None and after is not None:
        return f"added, {'required' if becomes else 'optional'}"
    words = [] if was == becomes else ["now required" if becomes else "no longer required"]
    if isinstance(before, dict) and isinstance(after, dict):
        for key in before | after:
            shown = [_shown(each, key) for each in (before, after)]
            words += [f"{key} {shown[0]} → {shown[1]}"] if shown[0] != shown[1] else []
    return ", ".join(words) or "what it refers to"


def _shown(rule: Any, key: str) -> str:
    if not isinstance(rule, dict) or key not in rule:
        return "none"
    return cut(json.dumps(rule[key], ensure_ascii=False), SHOWN_LENGTH)
