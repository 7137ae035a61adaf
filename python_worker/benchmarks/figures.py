"""Figures: samples of one run, their median and spread, and ratios of samples taken side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal

LEAST_SAMPLES = 5
"""A median of fewer says little; `--quick` takes fewer all the same, and its table says so."""


@dataclass(frozen=True)
class Bound:
    """What a figure should hold: `at_most` or `at_least` the `limit`, in the figure's unit."""

    kind: Literal["at most", "at least"]
    limit: float

    def holds(self, value: float) -> bool:
        """Tell whether `value` is within the bound."""
        return value <= self.limit if self.kind == "at most" else value >= self.limit

    def __str__(self) -> str:
        return f"{self.kind} {self.limit:g}"


@dataclass(frozen=True)
class Figure:
    """What was measured, `samples` of it in `unit`, and the `part` of the harness that did.

    Unless `value` is given, the figure's value is the samples' median.
    """

    part: str
    name: str
    unit: str
    samples: tuple[float, ...]
    bound: Bound | None = None
    given: float | None = None
    note: str = ""

    @property
    def value(self) -> float:
        """Return the median, or the value that was given."""
        return median(self.samples) if self.given is None else self.given

    @property
    def least(self) -> float:
        """Return the least sample."""
        return min(self.samples)

    @property
    def most(self) -> float:
        """Return the greatest sample."""
        return max(self.samples)

    @property
    def holds(self) -> bool | None:
        """Tell whether the bound holds; None without one."""
        return self.bound.holds(self.value) if self.bound else None

    @property
    def command(self) -> str:
        """Return the command that measures this figure alone, in `python_worker/`."""
        return f"python -m benchmarks {self.part}"

    def as_json(self) -> dict[str, Any]:
        """Return everything about it, for a file."""
        return {
            "part": self.part,
            "name": self.name,
            "unit": self.unit,
            "value": round(self.value, 4),
            "min": round(self.least, 4),
            "max": round(self.most, 4),
            "samples": [round(sample, 4) for sample in self.samples],
            "bound": str(self.bound) if self.bound else None,
            "holds": self.holds,
            "note": self.note,
            "command": self.command,
        }


def ratios(over: Sequence[float], under: Sequence[float]) -> tuple[float, ...]:
    """Return the ratio of each pair of samples: the two sides of a pair were measured side by side.

    What slows down the whole machine for a while slows down both sides of a pair, and leaves the ratio
    as it is. Raises `ValueError` if the sides are not of one length.
    """
    return tuple(upper / lower for upper, lower in zip(over, under, strict=True))


def percentile(samples: Sequence[float], percent: float) -> float:
    """Return the least sample that is not below `percent` % of them (the nearest rank)."""
    if not samples:
        raise ValueError("no samples")
    ranked = sorted(samples)
    rank = -(-len(ranked) * percent // 100)
    return ranked[max(0, int(rank) - 1)]


def number(value: float) -> str:
    """Return `value` with three digits that say something, and no more."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f}"
