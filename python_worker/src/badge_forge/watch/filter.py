"""Choose what is shown: `ada` (any text of a job), `name:ada`, `type:speaker`, `queue:printing`."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from badge_forge.attendee import DEFAULT_DESIGN
from badge_forge.views.snapshot import LatestJob

FIELDS = ("name", "type", "queue")

ID_LENGTH = 8
"""Fewest characters of an id. Fewer may be part of a name, such as "ada"."""


@dataclass(frozen=True)
class Filter:
    """Words that a job must contain, in any of its texts or in one field. Case does not matter."""

    text: str = ""
    words: tuple[str, ...] = ()
    fields: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> "Filter":
        """Return the filter of `text`. The last word of a field counts."""
        words, fields = [], {}
        for word in text.casefold().split():
            name, colon, value = word.partition(":")
            if colon and name in FIELDS:
                fields[name] = value
            else:
                words.append(word)
        return cls(text.strip(), tuple(words), fields)

    def queues[T](self, rows: Iterable[T]) -> list[T]:
        """Return the `rows` of the queue, all without `queue:`. A row has an attribute `queue`."""
        wanted = self.fields.get("queue", "")
        return [row for row in rows if wanted in str(getattr(row, "queue")).casefold()]  # noqa: B009

    def jobs(self, jobs: Iterable[LatestJob]) -> list[LatestJob]:
        """Return the jobs that have all the words."""
        return [job for job in self.queues(jobs) if self._matches(job)]

    def _matches(self, job: LatestJob) -> bool:
        texts = {"name": job.name, "type": job.type, "queue": job.queue}
        folded = {name: (text or "").casefold() for name, text in texts.items()}
        # The worker is the same for all badges: it is looked at only where it is shown.
        more = [job.design or DEFAULT_DESIGN] if job.name else [job.worker]
        everything = "\n".join([*folded.values(), *(text.casefold() for text in more)])
        return all(value in folded[name] for name, value in self.fields.items()) and all(
            word in everything or self._is_id(word, job) for word in self.words
        )

    @staticmethod
    def _is_id(word: str, job: LatestJob) -> bool:
        """Tell whether `word` begins the badge's id: eight characters at least, as in log lines."""
        return len(word) >= ID_LENGTH and (job.badge_id or "").startswith(word)
