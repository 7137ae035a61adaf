"""Generate the Python types of a contract with datamodel-code-generator.

The reader gets a Pydantic model, which checks args. The writer gets a TypedDict, which costs nothing at
run time.
"""

import json
import subprocess
import sys
from copy import deepcopy
from typing import Any

from contract_types.contract import Contract

READER = (
    "--output-model-type=pydantic_v2.BaseModel",
    "--base-class=badge_forge.args.Args",
    "--field-extra-keys=x-must",
    "--strict-nullable",  # null is never a value, so a field with a default is not `| None`
    "--use-annotated",
)
WRITER = ("--output-model-type=typing.TypedDict",)

SHARED = (
    "--input-file-type=jsonschema",
    "--target-python-version=3.12",
    "--enum-field-as-literal=all",
    "--use-type-alias",
    "--use-schema-description",
    "--use-field-description",
    "--use-single-line-docstring",
    "--disable-future-imports",
    "--disable-timestamp",
    "--formatters=builtin",
)

# Checked by code: they relate fields to each other, which a type does not express.
RELATIONS = ("if", "then", "else", "anyOf", "oneOf", "allOf", "not", "dependentRequired")


def python_types(contract: Contract) -> str:
    """Return the Python module of `contract`."""
    header = f'"""Generated from db/contracts/{contract.name}.schema.json by `make contracts`."""'
    options = READER if contract.reader == "python" else WRITER
    module = _run(
        "datamodel_code_generator",
        *SHARED,
        *options,
        f"--class-name={contract.type_name}",
        f"--custom-file-header={header}",
        input_=json.dumps(_fields_only(contract)),
    )
    lint = ("ruff", "--quiet", "--stdin-filename", f"src/badge_forge/contracts/{contract.name}.py", "-")
    module = _run(lint[0], "check", "--fix-only", *lint[1:], input_=module)
    return _run(lint[0], "format", *lint[1:], input_=module)


def _fields_only(contract: Contract) -> dict[str, Any]:
    """Return the schema without relations; with defaults, and a named type for a field with a title."""
    schema = {key: value for key, value in deepcopy(contract.schema).items() if key not in RELATIONS}
    definitions = schema.setdefault("$defs", {})
    for field, rule in schema["properties"].items():
        if field not in contract.required and contract.reader == "python":
            rule.setdefault("default", "")
        if title := rule.pop("title", None):
            default = {key: rule.pop(key) for key in ("default",) if key in rule}
            definitions[title] = rule
            schema["properties"][field] = {"$ref": f"#/$defs/{title}"} | default
    del schema["additionalProperties"]  # the base class forbids them
    return schema


def _run(module: str, *options: str, input_: str) -> str:
    """Run a Python program with the text `input_`, and return its output."""
    command = [sys.executable, "-m", module, *options]
    return subprocess.run(command, input=input_, capture_output=True, text=True, check=True).stdout
