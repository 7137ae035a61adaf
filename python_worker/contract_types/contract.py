"""Read a contract, and check that types can be generated from it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema

from badge_forge.errors import ContractError
from badge_forge.settings import CONTRACT_SUFFIX

LANGUAGES = ("python", "elixir")


@dataclass(frozen=True)
class Contract:
    """The contract `name`: the JSON Schema of a worker's args."""

    name: str
    schema: dict[str, Any]

    @property
    def reader(self) -> str:
        """The language of the worker."""
        return str(self.schema["x-reader"])

    @property
    def writer(self) -> str:
        """The language that enqueues the worker's jobs."""
        return str(self.schema["x-writer"])

    @property
    def type_name(self) -> str:
        """The name of the types, in both languages."""
        return "".join(word.capitalize() for word in self.name.split("_")) + "Args"

    @property
    def required(self) -> list[str]:
        """The fields that all args have, in the order of the schema."""
        return [field for field in self.fields if field in self.schema.get("required", ())]

    @property
    def fields(self) -> dict[str, dict[str, Any]]:
        """The schema of each field."""
        fields: dict[str, dict[str, Any]] = self.schema["properties"]
        return fields


def contracts(folder: Path) -> Iterator[Contract]:
    """Yield the contracts in `folder`. Raises `ContractError`."""
    for path in sorted(folder.glob(f"*{CONTRACT_SUFFIX}")):
        contract = Contract(
            path.name.removesuffix(CONTRACT_SUFFIX), json.loads(path.read_text(encoding="utf-8"))
        )
        if problem := _problem(contract):
            raise ContractError(f"{path}: {problem}")
        yield contract


def _problem(contract: Contract) -> str | None:
    schema = contract.schema
    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except jsonschema.SchemaError as error:
        return f"{error.json_path}: {error.message}"
    for key in ("x-reader", "x-writer"):
        if schema.get(key) not in LANGUAGES:
            return f'{key} must be "python" or "elixir", got: {schema.get(key)!r}'
    if schema.get("type") != "object" or schema.get("additionalProperties") is not False:
        return 'the contract must have "type": "object" and "additionalProperties": false'
    for field, rule in contract.fields.items():
        if "pattern" in rule and "x-must" not in rule:
            return f'{field}: has a pattern, so add "x-must", which ends the sentence "{field} must …"'
        if field not in contract.required and "default" not in rule and rule.get("type") != "string":
            return f'{field}: is optional and not a text, so add a "default"'
    return None
