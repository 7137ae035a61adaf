"""`bin/badge-forge contract`."""

import sys

import click

from badge_forge.checks.contract_files import contracts_of, current_contracts
from badge_forge.checks.contract_order import conclusion, contract_changes
from badge_forge.cli.say import tell
from badge_forge.errors import UsageError


@click.group()
def contract() -> None:
    """Compare versions of the contracts in db/contracts."""


@contract.command()
@click.option(
    "--against", "reference", required=True, metavar="REF", help="A git reference or a folder."
)
@click.option(
    "--drained",
    multiple=True,
    metavar="NAME",
    help="Assume that no job waits that the old contract NAME allows. Can be repeated.",
)
def check(reference: str, drained: tuple[str, ...]) -> None:
    """Say whether the contracts can be deployed while old rows wait, and which side goes first.

    Compares the contracts of this checkout with those of REF, which is what is deployed now. Prints one
    line for each change. Exit code 0 if all can be deployed, otherwise 1.

    \b
    Examples:
      badge-forge contract check --against v0.1.0
      badge-forge contract check --against ../deployed/db/contracts
      badge-forge contract check --against origin/main --drained print_center
    """
    new, old = current_contracts(), contracts_of(reference)
    if unknown := set(drained) - {*old, *new}:
        names = ", ".join(sorted({*old, *new}))
        raise UsageError(f"--drained must be one of {names}, got: {min(unknown)}")
    found = list(contract_changes(old, new, drained))
    for change in found:
        tell(str(change))
    deployable, line = conclusion(found)
    tell(line)
    sys.exit(0 if deployable else 1)
