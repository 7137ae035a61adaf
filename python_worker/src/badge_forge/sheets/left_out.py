"""Count the badges that were asked for and are not on a sheet, with the reasons."""

from dataclasses import dataclass, fields

from badge_forge.settings import COMMAND
from badge_forge.text.text import counted

REASONS = {
    "waiting": "not rendered yet",
    "failed": f"failed (`{COMMAND} failed` says why)",
    "outdated": "enqueued under an older contract (enqueue again)",
    "without_pdf": "without its PDF (enqueue again)",
    "pruned": "with a PDF, but its job was pruned (give the PDF's path to place it)",
}
"""What is said of each reason, in the order of its field in `LeftOut`."""


@dataclass
class LeftOut:
    """The numbers of badges that are left out, by reason."""

    waiting: int = 0
    failed: int = 0
    outdated: int = 0
    without_pdf: int = 0
    pruned: int = 0

    @property
    def total(self) -> int:
        """Return the number of all of them."""
        return sum(getattr(self, field.name) for field in fields(self))

    def __str__(self) -> str:
        """Return one line: "3 badges left out: 2 not rendered yet, 1 failed (…)"."""
        counts = [(getattr(self, name), reason) for name, reason in REASONS.items()]
        reasons = ", ".join(f"{count} {reason}" for count, reason in counts if count)
        return f"{counted(self.total, 'badge')} left out: {reasons}"
