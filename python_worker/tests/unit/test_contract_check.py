"""`badge-forge contract check`: what a change of a contract means for rows and for each side."""

import json
import subprocess
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from badge_forge.checks import contract_files
from badge_forge.checks.contract_changes import Change, changes
from badge_forge.checks.contract_order import conclusion, contract_changes
from helpers import call, examples, schema

type Schema = dict[str, Any]

BOTH, READER_FIRST, WRITER_FIRST, NEITHER = (True, True), (True, False), (False, True), (False, False)

GENERATE_BADGE = schema("generate_badge")
PRINT_CENTER = schema("print_center")


def changed(contract: Schema, change: Callable[[Schema], object]) -> Schema:
    copy = deepcopy(contract)
    change(copy)
    return copy


def with_rule(field: str, **rule: Any) -> Schema:
    """Return the contract of badge jobs with another rule for `field`."""
    return changed(GENERATE_BADGE, lambda copy: copy["properties"].update({field: rule}))


def means(found: list[Change]) -> tuple[bool, bool]:
    return all(each.reads.accepted for each in found), all(each.writes.accepted for each in found)


def text(**rules: Any) -> Schema:
    return {"type": "string"} | rules


def number(**rules: Any) -> Schema:
    return {"type": "integer"} | rules


LIST = {"type": "array", "items": text(), "maxItems": 3}
KINDS = {"enum": ["a", "b"]}
DESIGN = "^[a-z0-9]+(-[a-z0-9]+)*$"

RULES: list[tuple[Schema | None, Schema | None, tuple[bool, bool]]] = [
    # A field. None: there is none.
    (None, text(), READER_FIRST),
    (text(), None, WRITER_FIRST),
    (text(), number(), NEITHER),
    (number(), {"type": "number"}, READER_FIRST),
    (text(), {"type": ["string", "null"]}, READER_FIRST),
    # Texts.
    (text(maxLength=200), text(maxLength=100), WRITER_FIRST),
    (text(maxLength=200), text(), READER_FIRST),
    (text(minLength=2), text(minLength=1), READER_FIRST),
    (text(maxLength=9, pattern=DESIGN), text(maxLength=8, pattern=DESIGN), WRITER_FIRST),
    (text(), text(pattern=DESIGN), WRITER_FIRST),
    (text(pattern="^[a-z]+$"), text(pattern="^[0-9]+$"), NEITHER),
    (text(), text(format="uuid"), NEITHER),  # it cannot be decided that all UUIDs are texts
    # Numbers.
    (number(minimum=1), number(minimum=0), READER_FIRST),
    (number(maximum=9), number(maximum=8), WRITER_FIRST),
    (number(minimum=1), number(exclusiveMinimum=0), BOTH),
    (number(multipleOf=4), number(multipleOf=2), READER_FIRST),
    # Listed values.
    (KINDS, {"enum": ["a", "b", "c"]}, READER_FIRST),
    (KINDS, {"enum": ["b"]}, WRITER_FIRST),
    (KINDS, {"enum": ["b", "c"]}, NEITHER),
    (KINDS, {"enum": ["b", "a"]}, BOTH),
    (KINDS, {"const": "a"}, WRITER_FIRST),
    ({"const": 1}, {"const": True}, NEITHER),
    (KINDS, text(), READER_FIRST),
    # Rules of rules.
    (text(), {"anyOf": [text(), number()]}, READER_FIRST),
    ({"anyOf": [text(), number()]}, {"oneOf": [text(), number()]}, BOTH),
    (text(maxLength=5), {"allOf": [text(), {"maxLength": 5}]}, BOTH),
    (text(), {"not": number()}, READER_FIRST),
    # Lists and objects.
    (LIST, LIST | {"maxItems": 4}, READER_FIRST),
    (LIST, LIST | {"items": number()}, NEITHER),
    ({"type": "object"}, {"type": "object", "required": ["a"]}, WRITER_FIRST),
    (text(), text(description="Other words.", title="Title", **{"x-must": "be so"}), BOTH),
]


@pytest.mark.parametrize(("old", "new", "verdict"), RULES, ids=str)
def test_a_change_of_a_fields_rule_says_who_accepts_what(
    old: Schema | None, new: Schema | None, verdict: tuple[bool, bool]
) -> None:
    contracts = [with_rule("new", **rule) if rule else GENERATE_BADGE for rule in (old, new)]
    assert means(changes(*contracts)) == verdict
    assert means(changes(*reversed(contracts))) == verdict[::-1]


def required(contract: Schema) -> None:
    contract["required"].append("title")


def required_and_new(contract: Schema) -> None:
    contract["properties"]["new"] = text()
    contract["required"].append("new")


def relation(contract: Schema) -> None:
    contract["dependentRequired"] |= {"email": ["url"]}


def without_relation(contract: Schema) -> None:
    del contract["if"], contract["then"]


def open_to_all(contract: Schema) -> None:
    contract["additionalProperties"] = True


def by_reference(contract: Schema) -> None:
    contract["$defs"] = {"title": contract["properties"]["title"]}
    contract["properties"]["title"] = {"$ref": "#/$defs/title"}


def shorter_by_reference(contract: Schema) -> None:
    by_reference(contract)
    contract["$defs"]["title"]["maxLength"] = 10


def other_words(contract: Schema) -> None:
    contract["title"] = contract["description"] = "Other words"
    contract["properties"]["name"]["x-must"] = "be a name"
    contract["$comment"] = "A comment"


def out_of_order(contract: Schema) -> None:
    contract["required"].reverse()
    contract["properties"] = dict(reversed(contract["properties"].items()))


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (required, WRITER_FIRST),
        (required_and_new, NEITHER),
        (relation, WRITER_FIRST),
        (without_relation, READER_FIRST),
        (open_to_all, READER_FIRST),
        (by_reference, BOTH),
        (shorter_by_reference, WRITER_FIRST),
        (other_words, BOTH),
        (out_of_order, BOTH),
    ],
)
def test_a_change_of_the_contract_says_who_accepts_what(
    change: Callable[[Schema], None], verdict: tuple[bool, bool]
) -> None:
    new = changed(GENERATE_BADGE, change)
    assert means(changes(GENERATE_BADGE, new)) == verdict
    assert means(changes(new, GENERATE_BADGE)) == verdict[::-1]


@pytest.mark.parametrize(
    "rule",
    [
        {"$ref": "https://example.com/other.json"},
        {"$ref": "#/properties/name"},
        text(pattern="(?<!a)b"),
        text(format="no-such-format"),
        {"type": "no-such-type"},
        {"$ref": "#"},
        {"$dynamicRef": "#node"},
    ],
    ids=str,
)
def test_what_cannot_be_decided_counts_as_incompatible(rule: Schema) -> None:
    old = with_rule("new", **(text() if rule != {"type": "no-such-type"} else number()))
    found = changes(old, with_rule("new", **rule))
    assert not all(means(found))
    (change,) = contract_changes({"x": old}, {"x": with_rule("new", **rule)})
    assert "deploy the reader first" in str(change) or "not while old rows wait" in str(change)


def test_a_reason_is_given_where_it_cannot_be_decided() -> None:
    old, new = (with_rule("new", **text(pattern=each)) for each in ("^(a|b)$", "^[ab]$"))
    (change,) = contract_changes({"x": old}, {"x": new})
    assert str(change) == (
        'x: new: pattern "^(a|b)$" → "^[ab]$": not while old rows wait: drain the queue, or accept both '
        "forms for a version (to be safe, since it cannot be decided: string pattern does not preserve "
        "the comparison target's required pattern)"
    )


def test_a_path_that_becomes_a_file_is_accepted_in_both_forms_for_a_version() -> None:
    first = changed(PRINT_CENTER, lambda copy: (copy["properties"].pop("file"), copy.pop("anyOf")))
    first["required"].append("path")
    last = changed(PRINT_CENTER, lambda copy: (copy["properties"].pop("path"), copy.pop("anyOf")))
    last["required"].append("file")
    assert means(changes(first, PRINT_CENTER)) == READER_FIRST
    assert means(changes(PRINT_CENTER, last)) == WRITER_FIRST
    assert means(changes(first, last)) == NEITHER


MUTATIONS: list[Callable[[Schema, str, int], object]] = [
    lambda contract, field, _n: contract["properties"].pop(field, None),
    lambda contract, field, _n: contract["properties"].update({f"{field}2": text(maxLength=5)}),
    lambda contract, field, n: contract["properties"].get(field, {}).update(maxLength=n),
    lambda contract, field, n: contract["properties"].get(field, {}).update(minLength=n),
    lambda contract, field, _n: contract["properties"].get(field, {}).pop("pattern", None),
    lambda contract, field, _n: contract["properties"].get(field, {}).update(pattern="^[a-z]"),
    lambda contract, field, n: contract["properties"].update({field: number(minimum=n)}),
    lambda contract, field, n: contract["properties"].update({field: {"enum": ["x" * n, "a6", 1]}}),
    lambda contract, field, n: contract["properties"].update({field: {"not": {"const": "x" * n}}}),
    lambda contract, field, n: contract["properties"].update(
        {field: {"anyOf": [contract["properties"].get(field, {}), number(maximum=n)]}}
    ),
    lambda contract, field, _n: contract["required"].append(field),
    lambda contract, _field, _n: contract["required"].pop(),
    lambda contract, field, _n: contract.update(anyOf=[{"required": [field]}, {"required": ["qr"]}]),
    lambda contract, _field, n: contract.update(maxProperties=n),
    lambda contract, _field, _n: contract.update(additionalProperties=text(maxLength=1)),
    lambda contract, field, _n: contract.update(
        {"$defs": {"d": text(maxLength=5)}}, properties={field: {"$ref": "#/$defs/d"}}
    ),
    lambda contract, _field, _n: contract.pop("if", None),
    lambda contract, field, _n: contract.update(dependentRequired={field: ["url"], "new": [field]}),
    lambda contract, field, _n: contract.update(dependentSchemas={field: {"required": ["title"]}}),
    lambda contract, _field, n: contract.update(propertyNames=text(maxLength=n)),
    lambda contract, field, _n: contract.update(oneOf=[{"required": [field]}, {"required": ["url"]}]),
    lambda contract, field, n: contract.update(allOf=[{"properties": {field: text(maxLength=n)}}]),
    lambda contract, field, n: contract["properties"].update(
        {field: {"type": "object", "properties": {"a": text(minLength=n)}, "required": ["b"][:n]}}
    ),
    lambda contract, field, n: contract["properties"].update(
        {field: {"type": ["array", "object"], "items": text(minLength=n), "maxProperties": n}}
    ),
    lambda contract, field, _n: contract["properties"].update({field: {"required": ["a"]}}),
    lambda contract, field, _n: contract["properties"].update({field: {}}),
]

VALUES: list[Any] = ["", "a", "x1", "xxxxx", "x" * 201, "a6", "speaker", None, True, 0, 1, 7, 300]
VALUES += [[], ["x"], [1], {}, {"a": "x"}, {"a": 1, "b": 1}, {"b": "x"}]


@st.composite
def versions(draw: st.DrawFn) -> tuple[Schema, Schema]:
    """Draw two versions of a contract, each with some mutations of the real one."""
    contract = draw(st.sampled_from([GENERATE_BADGE, PRINT_CENTER]))
    mutation = st.tuples(
        st.sampled_from(MUTATIONS),
        st.sampled_from([*contract["properties"], "new"]),
        st.sampled_from([0, 1, 5, 200]),
    )
    found = []
    for count in (1, 3):
        copy = deepcopy(contract)
        for mutate, field, limit in draw(st.lists(mutation, max_size=count)):
            mutate(copy, field, limit)
        copy["required"] = sorted(set(copy["required"]))
        found.append(copy)
    return found[0], found[1]


def rows(old: Schema, new: Schema) -> Iterator[Schema]:
    """Yield the args of all examples, and some without or with another value of each changed field."""
    name = old["$id"].removesuffix(".schema.json")
    bases = list(examples(name, "valid").values())
    yield from bases
    yield from (example["args"] for example in examples(name, "invalid").values())
    fields = {*old["properties"], *new["properties"], *old["required"], *new["required"]}
    for field in fields:
        if old["properties"].get(field) != new["properties"].get(field):
            for base in bases[:2]:
                yield {key: value for key, value in base.items() if key != field}
                yield from (base | {field: value} for value in VALUES)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(versions())
def test_no_row_is_refused_that_the_check_says_is_accepted(contracts: tuple[Schema, Schema]) -> None:
    reads, writes = means(changes(*contracts))
    old, new = map(jsonschema.Draft202012Validator, contracts)
    for row in rows(*contracts) if reads or writes else ():
        before, after = old.is_valid(row), new.is_valid(row)
        assert after or not (before and reads), row
        assert before or not (after and writes), row


ADDED = with_rule("new", **text())


@pytest.mark.parametrize(
    ("old", "new", "drained", "said"),
    [
        ({}, {}, (), "the rules of the contracts are the same"),
        (
            {"a": GENERATE_BADGE},
            {"a": ADDED},
            (),
            "can be deployed while old rows wait, the Python worker first",
        ),
        (
            {"a": ADDED},
            {"a": GENERATE_BADGE},
            (),
            "cannot be deployed while old rows wait, see db/README.md",
        ),
        (
            {"a": ADDED},
            {"a": GENERATE_BADGE},
            ("a",),
            "can be deployed while old rows wait, the Elixir app first",
        ),
        ({}, {"a": PRINT_CENTER}, (), "can be deployed while old rows wait, the Elixir app first"),
        ({"a": PRINT_CENTER}, {}, (), "cannot be deployed while old rows wait, see db/README.md"),
        (
            {"a": GENERATE_BADGE},
            {"a": ADDED, "b": PRINT_CENTER},
            (),
            "cannot be deployed at once: both the Elixir app and the Python worker must be first, "
            "use two releases",
        ),
    ],
)
def test_the_last_line_names_the_side_that_goes_first(
    old: dict[str, Schema], new: dict[str, Schema], drained: tuple[str, ...], said: str
) -> None:
    deployable, line = conclusion(list(contract_changes(old, new, drained)))
    assert line == said
    assert deployable == (not said.startswith("cannot"))


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository with the contracts, tagged v1. Returns the folder of the contracts."""
    folder = tmp_path / "db" / "contracts"
    folder.mkdir(parents=True)
    for name, contract in (("generate_badge", GENERATE_BADGE), ("print_center", PRINT_CENTER)):
        (folder / f"{name}.schema.json").write_text(json.dumps(contract))
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    for words in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "One"], ["tag", "v1"]):
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True)
    monkeypatch.setattr(contract_files, "ROOT", tmp_path)
    monkeypatch.setattr(contract_files, "CONTRACTS", folder)
    return folder


def test_the_exit_code_is_0_if_it_can_be_deployed_else_1(repository: Path) -> None:
    path = repository / "generate_badge.schema.json"
    path.write_text(json.dumps(ADDED))
    done = call("contract", "check", "--against", "v1")
    assert (done.returncode, done.stdout.splitlines()) == (
        0,
        [
            "generate_badge: new: added, optional: deploy the reader first, the Python worker",
            "can be deployed while old rows wait, the Python worker first",
        ],
    )
    path.write_text(json.dumps(with_rule("company", **text(maxLength=9))))
    done = call("contract", "check", "--against", "v1")
    assert (done.returncode, done.stdout.splitlines()) == (
        1,
        [
            "generate_badge: company: maxLength 200 → 9: not while old rows wait: deploy the writer "
            "first, the Elixir app, and the reader when no old row waits",
            "cannot be deployed while old rows wait, see db/README.md",
        ],
    )
    assert call("contract", "check", "--against", "v1", "--drained", "generate_badge").returncode == 0


def test_it_compares_with_a_folder_too(repository: Path) -> None:
    for folder in (repository, repository.parents[1]):
        assert call("contract", "check", "--against", str(folder)).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Missing option '--against'"),
        (("--against", "v2"), "must be a folder or a git reference, for example a tag, got: 'v2'"),
        (("--against=--help"), "must be a folder or a git reference, for example a tag, got: '--help'"),
        (("--against", "/"), "--against /: there are no contracts, no *.schema.json"),
        (("--against", "v1", "--drained", "x"), "must be one of generate_badge, print_center, got: x"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_to_do(
    repository: Path, arguments: tuple[str, ...] | str, said: str
) -> None:
    done = call("contract", "check", *([arguments] if isinstance(arguments, str) else arguments))
    assert done.returncode == 2
    assert said in done.stderr


def test_a_contract_that_is_not_json_is_named(repository: Path) -> None:
    (repository / "print_center.schema.json").write_text("{")
    done = call("contract", "check", "--against", "v1")
    assert done.returncode == 1
    assert done.stderr.startswith("badge-forge: print_center.schema.json: is not JSON: ")
