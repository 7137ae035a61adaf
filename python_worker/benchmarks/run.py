"""The settings of a run: its size, its number of rounds, and its progress messages."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Run:
    """Settings of a run: `quick` for a smoke test, `alone` if only one part runs, at full size."""

    say: Callable[[str], None]
    quick: bool = False
    alone: bool = False

    def rounds(self, count: int) -> Iterator[int]:
        """Yield the numbers of `count` rounds, or of one round in a smoke test."""
        yield from range(1 if self.quick else count)

    def size(self, full: int, quick: int, together: int | None = None) -> int:
        """Return the size: `quick` in a smoke test, `full` if alone, else `together` if it is given."""
        if self.quick:
            return quick
        return full if self.alone or together is None else together
