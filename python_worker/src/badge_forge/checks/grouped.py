"""Tell many findings of a design check in few lines."""

from collections.abc import Iterable, Iterator

from badge_forge.checks.design import Finding
from badge_forge.text.text import counted

SHOWN_NAMES = 4
"""How many test names of a group are shown."""


def grouped(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield a line for each topic of `findings`: errors first, then what concerns the fewest names.

    A rare note is usually the one to look at.
    """
    topics: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        topics.setdefault((finding.kind, finding.topic or finding.problem), []).append(finding)
    for (kind, topic), group in sorted(topics.items(), key=lambda item: (item[0][0], len(item[1]))):
        if len(group) == 1:
            yield f"{kind}: {group[0].text}"
            continue
        more = len(group) - SHOWN_NAMES
        names = ", ".join(finding.name for finding in group[:SHOWN_NAMES])
        yield f"{kind}: {counted(len(group), 'name')}: {topic}: {names}" + (
            f" and {more} more" if more > 0 else ""
        )
