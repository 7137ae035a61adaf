"""What a press tells about its renderers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PressStatus:
    """The renderers of a press: how many there are, are rendering, and were replaced since the start.

    `memory_mib` is the resident memory of each running one, largest first. A successor that is being
    started is not included.
    """

    count: int
    busy: int
    memory_mib: list[float]
    restarts: int
