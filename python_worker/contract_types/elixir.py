"""Generate the Elixir struct of a contract: for the reader from args, and for the writer to args."""

from typing import Any

from contract_types.contract import Contract

TYPES = {
    "string": "String.t()",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "array": "list",
    "object": "map",
}

FROM_ARGS = """\
  @doc "Build the struct from the args of a job, which `BadgeForge.Contract.check/2` has accepted."
  @spec from_args(%{{optional(String.t()) => term}}) :: t
  def from_args(args) do
    %__MODULE__{{
{fields}
    }}
  end
"""

TO_ARGS = """\
  @doc "Return the args of a job, without the fields that are `nil`."
  @spec to_args(t) :: %{{optional(String.t()) => term}}
  def to_args(%__MODULE__{{}} = struct) do
    for {{key, value}} <- [
{fields}
        ],
        value != nil,
        into: %{{}},
        do: {{key, value}}
  end
"""

MODULE = '''\
# Generated from db/contracts/{name}.schema.json by `make contracts`.
defmodule BadgeForge.Contracts.{type_name} do
  @moduledoc """
  {description}

{documentation}
  """

  @enforce_keys [{required}]
  defstruct [
{struct}
  ]

  @type t :: %__MODULE__{{
{types}
        }}

{function}end
'''


def elixir_types(contract: Contract) -> str:
    """Return the Elixir module of `contract`."""
    fields = contract.fields.items()
    if contract.reader == "elixir":
        lines = [f"{field}: {_value(contract, field)}" for field in contract.fields]
        function = FROM_ARGS.format(fields=_lines(6, lines))
    else:
        lines = [f'{{"{field}", struct.{field}}}' for field in contract.fields]
        function = TO_ARGS.format(fields=_lines(10, lines))
    return MODULE.format(
        name=contract.name,
        type_name=contract.type_name,
        description=_text(contract.schema),
        documentation="\n".join(
            f"    * `:{field}` - {_optional(contract, field)}{_text(rule)}" for field, rule in fields
        ),
        required=", ".join(f":{field}" for field in contract.required),
        struct=_lines(4, [f":{field}" for field in contract.fields]),
        types=_lines(10, [f"{field}: {_type(contract, field)}" for field in contract.fields]),
        function=function,
    )


def _lines(indent: int, lines: list[str]) -> str:
    return ",\n".join(" " * indent + line for line in lines)


def _optional(contract: Contract, field: str) -> str:
    return "" if field in contract.required else "optional. "


def _text(rule: dict[str, Any]) -> str:
    text: str = rule.get("description", "")
    if "enum" in rule:
        text += f" One of {', '.join(_literal(value) for value in rule['enum'])}."
    if "default" in rule:
        text += f" Default: {_literal(rule['default'])}."
    return text.strip().replace("\\", "\\\\").replace("#{", "\\#{").replace('"""', '\\"""')


def _type(contract: Contract, field: str) -> str:
    rule = contract.fields[field]
    kinds = rule.get("type", "string" if "enum" in rule else "")
    names = [TYPES.get(kind, "term") for kind in (kinds if isinstance(kinds, list) else [kinds])]
    if not (field in contract.required or (contract.reader == "elixir" and "default" in rule)):
        names.append("nil")
    return " | ".join(dict.fromkeys(names))


def _value(contract: Contract, field: str) -> str:
    """Return the expression of a field's value, given `args`."""
    default = contract.fields[field].get("default")
    if field in contract.required or default is None:
        return f'args["{field}"]'
    return f'Map.get(args, "{field}", {_literal(default)})'


def _literal(value: object) -> str:
    """Return a JSON scalar as Elixir writes it."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("#{", "\\#{")
            return f'"{escaped}"'
        case int() | float():
            return str(value)
        case {}:
            return "%{}"
    return "nil"
