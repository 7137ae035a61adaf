"""Say in which order the two sides can be deployed after a change of the contracts."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from badge_forge.checks.contract_changes import Change, changes
from badge_forge.checks.json_schemas import Schema

SIDES = {"python": "the Python worker", "elixir": "the Elixir app"}


@dataclass(frozen=True)
class ContractChange:
    """A change of the contract `name`. `drained`: no row that the old contract allows waits."""

    name: str
    change: Change
    reader: str
    writer: str
    drained: bool

    @property
    def deployable(self) -> bool:
        """Whether the rows that wait allow it."""
        return self.change.reads.accepted or self.drained

    @property
    def first(self) -> str | None:
        """The side that must be deployed first, or None."""
        if self.change.writes.accepted:
            return None if self.change.reads.accepted else self.writer
        return self.reader

    def __str__(self) -> str:
        return f"{self.name}: {self.change.what}: {self._verdict()}{self._unproven()}"

    def _verdict(self) -> str:
        match self.change.reads.accepted, self.change.writes.accepted:
            case True, True:
                return "compatible, deploy in any order"
            case True, False:
                return f"deploy the reader first, {self.reader}"
            case False, True if self.drained:
                return f"deploy the writer first, {self.writer}"
            case False, True:
                return (
                    f"not while old rows wait: deploy the writer first, {self.writer}, and the reader "
                    "when no old row waits"
                )
            case _ if self.drained:
                return f"stop the writer, {self.writer}, and deploy the reader first, {self.reader}"
        return "not while old rows wait: drain the queue, or accept both forms for a version"

    def _unproven(self) -> str:
        reasons = dict.fromkeys(
            answer.unproven for answer in (self.change.reads, self.change.writes) if answer.unproven
        )
        return f" (to be safe, since it cannot be decided: {'; '.join(reasons)})" if reasons else ""


def contract_changes(
    old: dict[str, Schema], new: dict[str, Schema], drained: Collection[str] = ()
) -> Iterator[ContractChange]:
    """Yield the changes between two versions of all contracts."""
    for name in sorted(old | new):
        before, after = old.get(name), new.get(name)
        reader, writer = (_side(key, after or before or {}) for key in ("reader", "writer"))
        for change in changes(before, after):
            yield ContractChange(name, change, reader, writer, name in drained)


def conclusion(found: Collection[ContractChange]) -> tuple[bool, str]:
    """Return whether all changes can be deployed while old rows wait, and a line that says so."""
    if not found:
        return True, "the rules of the contracts are the same"
    if not all(change.deployable for change in found):
        return False, "cannot be deployed while old rows wait, see db/README.md"
    sides = sorted({change.first for change in found if change.first})
    if len(sides) > 1:
        return (
            False,
            f"cannot be deployed at once: both {' and '.join(sides)} must be first, use two releases",
        )
    return (
        True,
        f"can be deployed while old rows wait, {f'{sides[0]} first' if sides else 'in any order'}",
    )


def _side(role: str, schema: Schema) -> str:
    """Return the side that reads or writes the rows of a contract, in words."""
    return SIDES.get(str(schema.get(f"x-{role}")), f"which x-{role} should name")
