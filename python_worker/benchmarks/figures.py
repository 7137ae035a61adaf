"""Figures: samples of a run with their median and spread, and ratios of paired samples."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

LEAST_SAMPLES = 5
"""The median of fewer samples says little. Tables mark such figures, for example those of `--quick`."""


@dataclass(frozen=True)
class Bound:
    """An upper ("at most") or lower ("at least") limit of a figure, in its unit."""

    kind: Literal["at most", "at least"]
    limit: float

    def holds(self, value: float) -> bool:
        """Tell whether `value` is within the bound."""
        return value <= self.limit if self.kind == "at most" else value >= self.limit

    def __str__(self) -> str:
        return f"{self.kind} {self.limit:g}"


@dataclass(frozen=True)
class Figure:
    """Samples in `unit`, measured by `part` of the benchmarks.

    The value of the figure is the median of the samples, unless `given` is set.
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
        """Return the median, or `given`."""
        return median(self.samples) if self.given is None else self.given

    @property
    def least(self) -> float:
        """Return the smallest sample."""
        return min(self.samples)

    @property
    def most(self) -> float:
        """Return the largest sample."""
        return max(self.samples)

    @property
    def holds(self) -> bool | None:
        """Tell whether the bound holds, or return None without a bound."""
        return self.bound.holds(self.value) if self.bound else None

    @property
    def command(self) -> str:
        """Return the command that measures the part of this figure, to be run in `python_worker/`."""
        return f"python -m benchmarks {self.part}"


def ratios(over: Sequence[float], under: Sequence[float]) -> tuple[float, ...]:
    """Return the ratio of each pair of samples. Both samples of a pair come from the same round.

    If the machine is slow for a while, both samples of a pair are affected, but not their ratio. Raises
    `ValueError` if the lengths differ.
    """
    return tuple(upper / lower for upper, lower in zip(over, under, strict=True))


def percentile(samples: Sequence[float], percent: float) -> float:
    """Return the `percent`th percentile of the samples by the nearest-rank method.

    Raises `ValueError` if there are no samples.
    """
    if not samples:
        raise ValueError("no samples")
    ranked = sorted(samples)
    rank = -(-len(ranked) * percent // 100)
    return ranked[max(0, int(rank) - 1)]


def number(value: float) -> str:
    """Format `value` with about three significant digits."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f}"
