"""The contract of GenerateBadge's args, and the model that checks them."""

from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

from badge_forge.attendee import Attendee
from badge_forge.errors import InputError
from helpers import badge_args, examples, schema
from hostile import Row, broken_args

VALID = examples("generate_badge", "valid")
INVALID = examples("generate_badge", "invalid")


@pytest.mark.parametrize("name", VALID)
def test_args_that_follow_the_contract_make_an_attendee(name: str) -> None:
    assert Attendee.from_args(VALID[name]).model_dump(exclude_unset=True) == VALID[name]


@pytest.mark.parametrize("name", INVALID)
def test_args_that_break_the_contract_are_refused_with_the_field(name: str) -> None:
    example = INVALID[name]
    with pytest.raises(InputError, match=rf"\b{example['field']}: ") as raised:
        Attendee.from_args(example["args"])
    assert raised.value.field == example["field"]


@pytest.mark.parametrize("name", VALID)
def test_the_schema_accepts_what_the_model_accepts(name: str) -> None:
    jsonschema.validate(VALID[name], schema("generate_badge"))


@pytest.mark.parametrize("name", INVALID)
def test_the_schema_refuses_what_the_model_refuses(name: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(INVALID[name]["args"], schema("generate_badge"))


def test_the_model_has_the_fields_of_the_schema() -> None:
    assert list(Attendee.model_fields) == list(schema("generate_badge")["properties"])


def test_an_error_names_every_field_at_fault_on_one_line() -> None:
    with pytest.raises(InputError) as raised:
        Attendee.from_args({"id": "x", "type": "Janitor", "nmae": "Ada"})
    assert str(raised.value) == (
        "id: should be a UUID in lower case, got 'x'; name: is missing; company: is missing; "
        "type: should be of a-z, 0-9 and single hyphens, got 'Janitor'; "
        "nmae: is not a field of the contract, remove it"
    )


def test_an_error_does_not_repeat_a_huge_value() -> None:
    with pytest.raises(InputError) as raised:
        Attendee.from_args(badge_args(name="x" * 10_000_000))
    assert len(str(raised.value)) < 200


def test_an_unknown_key_adds_no_line_break_and_is_shortened() -> None:
    with pytest.raises(InputError) as raised:
        Attendee.from_args(badge_args() | {"k\n[INFO] fake\x1b[2J" + "x" * 10_000: 1})
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize("args", [[], "text", 7, None])
def test_args_that_are_not_an_object_are_refused(args: object) -> None:
    with pytest.raises(InputError, match="args"):
        Attendee.from_args(args)  # type: ignore[arg-type]


@settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(broken_args("generate_badge", raw=False))
def test_every_refusal_is_one_short_line_that_starts_with_the_field(
    broken: tuple[dict[str, Any], frozenset[str]],
) -> None:
    args, faults = broken
    with pytest.raises(InputError) as raised:
        Attendee.from_args(args)
    assert Row(args, faults).named_by(str(raised.value))
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 300


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("field", ["id", "name", "type", "qr"])
@pytest.mark.parametrize(
    "value",
    [nested(100_000), 10**5_000, float("inf"), float("nan"), "\ud800", ["x"] * 1_000_000],
    ids=["deep", "5000-digits", "infinite", "not-a-number", "surrogate", "long"],
)
def test_a_value_that_python_cannot_print_is_refused_with_a_short_message(
    field: str, value: Any
) -> None:
    with pytest.raises(InputError, match=f"^{field}: should be ") as raised:
        Attendee.from_args(badge_args() | {field: value})
    assert len(str(raised.value)) < 200


def test_a_hundred_thousand_unknown_keys_are_counted_not_listed() -> None:
    with pytest.raises(InputError) as raised:
        Attendee.from_args(badge_args() | {f"key {number}": 1 for number in range(100_000)})
    assert str(raised.value).endswith("; and 99988 more")
    assert len(str(raised.value)) < 1_000
