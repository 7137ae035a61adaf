"""Generate the Python types of a contract with datamodel-code-generator.

The reader gets a Pydantic model, which checks args. The writer gets a TypedDict, which costs nothing at
run time.
"""

import json
import subprocess
import sys
from copy import deepcopy
from typing import Any

from datamodel_code_generator import (
    GenerateConfig,
    InputFileType,
    LiteralType,
    PythonVersion,
    generate,
)
from datamodel_code_generator.enums import DataModelType
from datamodel_code_generator.format import Formatter

from contract_types.contract import Contract

HEADER = '"""Generated from db/contracts/{}.schema.json by `make contracts`."""'

SHARED: dict[str, Any] = {
    "input_file_type": InputFileType.JsonSchema,
    "target_python_version": PythonVersion.PY_312,
    "enum_field_as_literal": LiteralType.All,
    "use_type_alias": True,
    "use_schema_description": True,
    "use_field_description": True,
    "use_single_line_docstring": True,
    "disable_future_imports": True,
    "formatters": [Formatter.BUILTIN],
}

READER: dict[str, Any] = SHARED | {
    "output_model_type": DataModelType.PydanticV2BaseModel,
    "base_class": "badge_forge.args.Args",
    "field_extra_keys": {"x-must"},
    "strict_nullable": True,  # null is never a value, so a field with a default is not `| None`
    "use_annotated": True,
    "field_constraints": True,
}

WRITER: dict[str, Any] = SHARED | {"output_model_type": DataModelType.TypingTypedDict}

# Checked by code: they relate fields to each other, which a type does not express.
RELATIONS = ("if", "then", "else", "anyOf", "oneOf", "allOf", "not", "dependentRequired")


def python_types(contract: Contract) -> str:
    """Return the Python module of `contract`."""
    config = GenerateConfig(
        class_name=contract.type_name,
        custom_file_header=HEADER.format(contract.name),
        **(READER if contract.reader == "python" else WRITER),
    )
    module = generate(json.dumps(_fields_only(contract)), config=config)
    assert isinstance(module, str)
    options = ("--quiet", "--stdin-filename", f"src/badge_forge/contracts/{contract.name}.py", "-")
    for command in (("check", "--fix-only"), ("format",)):
        module = _ruff(*command, *options, text=module)
    return module


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


def _ruff(*options: str, text: str) -> str:
    command = [sys.executable, "-m", "ruff", *options]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout
