"""The command line of the generator; see `python -m contract_types --help`."""

import sys
from pathlib import Path

import click

from badge_forge.errors import BadgeForgeError
from badge_forge.settings import ROOT
from contract_types.contract import contracts
from contract_types.elixir import elixir_types
from contract_types.python import python_types

CONTRACTS = "db/contracts"
PYTHON = "python_worker/src/badge_forge/contracts"
ELIXIR = "elixir_app/lib/badge_forge/contracts"


@click.command()
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=ROOT,
    help="The checkout.  [default: this one]",
)
@click.option("--check", is_flag=True, help="Write nothing; fail if a file would change.")
def main(root: Path, check: bool) -> None:
    """Generate the types of both languages from db/contracts/*.schema.json."""
    try:
        wanted = generated(root / CONTRACTS)
    except BadgeForgeError as error:
        click.echo(f"contracts: {error}", err=True)
        sys.exit(1)
    changed = [name for name, text in wanted.items() if _read(root / name) != text]
    stale = _existing(root) - set(wanted)
    result = "is out of date: run `make contracts`" if check else "is written"
    for name in sorted({*changed, *stale}):
        click.echo(f"contracts: {name} {result}", err=True)
        if not check:
            _write(root / name, wanted.get(name))
    if check and (changed or stale):
        sys.exit(1)


def generated(folder: Path) -> dict[str, str]:
    """Return the text of each file that is generated from the contracts in `folder`, by its path."""
    files = {}
    for contract in contracts(folder):
        files[f"{PYTHON}/{contract.name}.py"] = python_types(contract)
        files[f"{ELIXIR}/{contract.name}_args.ex"] = elixir_types(contract)
    return files


def _existing(root: Path) -> set[str]:
    found = [*(root / PYTHON).glob("*.py"), *(root / ELIXIR).glob("*.ex")]
    return {path.relative_to(root).as_posix() for path in found if path.name != "__init__.py"}


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _write(path: Path, text: str | None) -> None:
    """Write `text`, or delete the file of a contract that does not exist any more."""
    if text is None:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(prog_name="python -m contract_types")
