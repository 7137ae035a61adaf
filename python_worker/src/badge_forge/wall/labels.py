"""Labels of metrics, bounded in length and number: any client of the table can add queues and nodes."""

import re

from badge_forge import registry
from badge_forge.views.snapshot import Node, Snapshot

MOST_QUEUES = 50
MOST_NODES = 100
MOST_TYPES = 50
LABEL_LENGTH = 100

SLUG = re.compile("(?=.{1,40}$)[a-z0-9]+(-[a-z0-9]+)*")
"""A type, as the contract has it."""


def queue_labels(snapshot: Snapshot) -> dict[str, str]:
    """Return different labels for at most `MOST_QUEUES` queues, the registry's first."""
    names = dict.fromkeys((*registry.names(), *snapshot.queues()))
    by_label: dict[str, str] = {}
    for queue in list(names)[:MOST_QUEUES]:
        by_label.setdefault(_label(queue), queue)
    return {queue: label for label, queue in by_label.items()}


def node_labels(snapshot: Snapshot) -> dict[tuple[str, str], Node]:
    """Return at most `MOST_NODES` nodes by their label and that of the queue, the last seen first."""
    queues = queue_labels(snapshot)
    by_labels: dict[tuple[str, str], Node] = {}
    for node in sorted(snapshot.nodes, key=lambda node: (node.seen_ago_s is None, node.seen_ago_s or 0)):
        if node.queue in queues and len(by_labels) < MOST_NODES:
            by_labels.setdefault((_label(node.node), queues[node.queue]), node)
    return by_labels


def type_labels(snapshot: Snapshot) -> dict[str | None, str]:
    """Return a label for each type: itself for `MOST_TYPES` at most, those with most jobs first.

    What is not a slug is `invalid`, and further types are `other`.
    """
    jobs: dict[str | None, int] = {}
    for row in snapshot.types:
        jobs[row.type] = jobs.get(row.type, 0) + row.jobs
    labels: dict[str | None, str] = {}
    for kind in sorted(jobs, key=lambda kind: -jobs[kind]):
        if kind is None or not SLUG.fullmatch(kind):
            labels[kind] = "invalid"
        else:
            labels[kind] = kind if len(set(labels.values())) < MOST_TYPES else "other"
    return labels


def _label(text: str) -> str:
    """Return `text` shortened, with a replacement for each character that cannot be shown."""
    return "".join(
        char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text[:LABEL_LENGTH]
    )
