"""How a run is made: how long, how often, and what it says meanwhile."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Run:
    """`quick` is a smoke test, whose figures mean little; `alone`: one part, at its full size."""

    say: Callable[[str], None]
    quick: bool = False
    alone: bool = False

    def rounds(self, count: int) -> Iterator[int]:
        """Yield the numbers of `count` rounds, of one in a smoke test."""
        yield from range(1 if self.quick else count)

    def size(self, full: int, quick: int, together: int | None = None) -> int:
        """Return how much to do: `full`, or less `together` with the other parts, or `quick`."""
        if self.quick:
            return quick
        return full if self.alone or together is None else together
