"""A new field of a contract is one edit: both languages get it from what is generated."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from badge_forge.settings import ROOT
from helpers import make_design, text_of

IN_PYTHON = """
import sys
from pathlib import Path
from typing import get_type_hints
from badge_forge.attendee import Attendee
from badge_forge.contracts.print_center import PrintCenterArgs
from badge_forge.designs.design import Design
from badge_forge.errors import InputError
from badge_forge.rendering.renderer import Renderer

args = {"id": "7bfb7c39-c354-4cce-ad5b-f1be2814b17e", "name": "Ada", "company": "", "type": "speaker"}
print(get_type_hints(Attendee)["workshop"], get_type_hints(PrintCenterArgs)["copies"])
print(PrintCenterArgs.__optional_keys__ - {"file", "path"})
for workshop in ("Knots", "", "knots"):
    try:
        print(Attendee.from_args(args | {"workshop": workshop}).workshop)
    except InputError as error:
        print(error)
print("none:", repr(Attendee.from_args(args).workshop))
badge = Renderer(Design.load(Path(sys.argv[1]))).render(Attendee.from_args(args | {"workshop": "Knots"}))
Path(sys.argv[2]).write_bytes(badge.pdf)
"""

IN_ELIXIR = """
Code.put_compiler_option(:ignore_module_conflict, true)
[lib] = System.argv()
modules = Enum.map(~w(contract badge_args confirmation), &Path.join(lib, "#{&1}.ex"))
Enum.each(Path.wildcard(lib <> "/contracts/*.ex") ++ modules, &Code.compile_file/1)

id = "7bfb7c39-c354-4cce-ad5b-f1be2814b17e"
ada = %{id: id, name: "Ada", company: "", type: "speaker"}
for workshop <- ["Knots", "knots"] do
  case BadgeForge.BadgeArgs.new(Map.put(ada, :workshop, workshop)) do
    {:ok, args} -> IO.puts(args["workshop"])
    {:error, error} -> IO.puts(Exception.message(error))
  end
end
struct = struct!(BadgeForge.Contracts.GenerateBadgeArgs, Map.put(ada, :workshop, "Knots"))
{:ok, args} = BadgeForge.BadgeArgs.new(struct)
IO.puts("of the struct: #{args["workshop"]}")

print = %{"id" => id, "name" => "Ada", "file" => "a.pdf", "sha256" => String.duplicate("0", 64)}
for copies <- [2, 10, "2"] do
  case BadgeForge.Confirmation.parse(Map.put(print, "copies", copies)) do
    {:ok, confirmation} -> IO.puts("#{confirmation.copies} copies")
    {:error, error} -> IO.puts(Exception.message(error))
  end
end
{:ok, confirmation} = BadgeForge.Confirmation.parse(print)
IO.puts("none: #{confirmation.copies}")
"""


NEW = {
    "generate_badge": {
        "workshop": {
            "description": "The workshop, which the badge shows.",
            "type": "string",
            "maxLength": 40,
            "pattern": "^[A-Z]",
            "x-must": "begin with a capital letter",
        }
    },
    "print_center": {
        "copies": {"type": "integer", "minimum": 1, "maximum": 9, "default": 1},
    },
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the code of both languages, for contracts with one more optional field each."""
    root = tmp_path_factory.mktemp("checkout")
    for folder in ("db", "python_worker/src", "elixir_app/lib"):
        shutil.copytree(ROOT / folder, root / folder)
    for name, fields in NEW.items():
        path = root / "db" / "contracts" / f"{name}.schema.json"
        schema = json.loads(path.read_text())
        schema["properties"] |= fields
        path.write_text(json.dumps(schema))
    changed = _generate(root, "--check")
    assert changed.returncode == 1
    assert changed.stderr.count("is out of date: run `make contracts`") == 4
    assert _generate(root).returncode == 0
    return root


def test_python_accepts_types_and_prints_a_field_that_only_the_contract_has(
    checkout: Path, tmp_path: Path
) -> None:
    html = "<html><body>{{ fit(attendee.name, 80, 20, 40) }} {{ attendee.workshop }}</body></html>"
    design, pdf = make_design(tmp_path, html).folder, tmp_path / "badge.pdf"
    lines = _lines(
        [sys.executable, "-c", IN_PYTHON, str(design), str(pdf)],
        PYTHONPATH=str(checkout / "python_worker" / "src"),
    )
    assert lines == [
        "<class 'str'> <class 'int'>",
        "frozenset({'copies'})",
        "Knots",
        "workshop: should begin with a capital letter, got ''",
        "workshop: should begin with a capital letter, got 'knots'",
        "none: ''",
    ]
    assert "Knots" in text_of(pdf)


@pytest.mark.usefixtures("elixir")
def test_elixir_accepts_types_and_passes_on_a_field_that_only_the_contract_has(
    checkout: Path,
) -> None:
    lib = checkout / "elixir_app" / "lib" / "badge_forge"
    script = checkout / "check.exs"
    script.write_text(IN_ELIXIR)
    lines = _lines(
        ["mix", "run", "--no-start", str(script), str(lib)],
        cwd=ROOT / "elixir_app",
        DATABASE_URL="postgres://not-used@localhost/not-used",
    )
    assert lines[-7:] == [  # mix may print that it compiles
        "Knots",
        'workshop: must begin with a capital letter, got: "knots"',
        "of the struct: Knots",
        "2 copies",
        "copies: must be 9 or less, got: 10",
        'copies: must be a whole number, got: "2"',
        "none: 1",
    ]
    assert "workshop: String.t() | nil\n" in (lib / "contracts" / "generate_badge_args.ex").read_text()
    assert "copies: integer\n" in (lib / "contracts" / "print_center_args.ex").read_text()


def _generate(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "contract_types", "--root", str(root), *options]
    return subprocess.run(command, cwd=ROOT / "python_worker", capture_output=True, text=True)


def _lines(command: list[str], cwd: Path | None = None, **environment: str) -> list[str]:
    done = subprocess.run(command, cwd=cwd, env=os.environ | environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
