"""Read the contracts of a folder or of a git reference."""

import json
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from badge_forge.checks.json_schemas import Schema
from badge_forge.errors import ContractError, UsageError
from badge_forge.settings import CONTRACT_SUFFIX, CONTRACTS, ROOT


def current_contracts() -> dict[str, Schema]:
    """Return the contracts of this checkout by name. Raises `UsageError` and `ContractError`."""
    if not CONTRACTS.is_dir():
        raise UsageError(f"there are no contracts at {CONTRACTS}: run this in a checkout of Badge Forge")
    return _of_folder(CONTRACTS)


def contracts_of(reference: str) -> dict[str, Schema]:
    """Return the contracts of a folder or a git reference by name.

    A folder is a checkout or has the contracts in it. Raises `UsageError` if there are none, and
    `ContractError` if one is not a JSON object.
    """
    folder = Path(reference)
    if folder.is_dir():
        checkout = folder / CONTRACTS.relative_to(ROOT)
        found = _of_folder(checkout if checkout.is_dir() else folder)
    else:
        found = _of_commit(reference)
    if not found:
        raise UsageError(f"--against {reference}: there are no contracts, no *{CONTRACT_SUFFIX}")
    return found


def _of_folder(folder: Path) -> dict[str, Schema]:
    return _parsed(
        (path.name for path in folder.glob(f"*{CONTRACT_SUFFIX}")),
        lambda name: (folder / name).read_bytes(),
    )


def _of_commit(reference: str) -> dict[str, Schema]:
    try:
        commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}")
    except (OSError, subprocess.CalledProcessError):
        raise UsageError(
            f"--against must be a folder or a git reference, for example a tag, got: {reference!r}"
        ) from None
    tree = f"{commit.decode().strip()}:{CONTRACTS.relative_to(ROOT).as_posix()}"
    try:
        names = _git("ls-tree", "--name-only", "-z", tree).decode().split("\0")
    except subprocess.CalledProcessError:  # no such folder
        return {}
    return _parsed(
        (name for name in names if name.endswith(CONTRACT_SUFFIX)),
        lambda name: _git("show", f"{tree}/{name}"),
    )


def _git(*arguments: str) -> bytes:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, capture_output=True, check=True).stdout


def _parsed(names: Iterable[str], read: Callable[[str], bytes]) -> dict[str, Schema]:
    found = {}
    for name in sorted(names):
        try:
            schema: Any = json.loads(read(name))
        except ValueError as error:
            raise ContractError(f"{name}: is not JSON: {error}") from None
        if not isinstance(schema, dict):
            raise ContractError(f"{name}: must be a JSON object")
        found[name.removesuffix(CONTRACT_SUFFIX)] = schema
    return found
