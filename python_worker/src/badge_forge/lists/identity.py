"""Identify people and tickets of an event, so that the same row has the same badge in every import."""

from uuid import UUID, uuid5

NAMESPACE = UUID("6c0c5a0e-4f0b-5d0a-9c3f-5b8b5f3d2e71")
"""The project's. It never changes: another one would give everyone a second badge."""


def badge_id(event: str, key: str) -> str:
    """Return the id of the badge of `key` in an event: a UUID, version 5."""
    return str(uuid5(NAMESPACE, f"{event}|{key}"))


def ticket_key(ticket: str) -> str:
    """Return the key of a person with a ticket of their own."""
    return f"ticket|{ticket}"


def address_key(email: str, order: str, name: str = "") -> str:
    """Return the key of a person without a ticket, by e-mail or else order.

    If several people have the same, each also needs the `name`.
    """
    place = f"email|{email.casefold()}" if email else f"order|{order}"
    return f"{place}|{alike(name)}" if name else place


def row_key(name: str, company: str) -> str:
    """Return the key of a person of whom nothing else is known."""
    return f"row|{alike(name)}|{alike(company)}"


def person_key(email: str, order: str, name: str) -> str:
    """Return what two rows of one person have in common, or "" if that can't be known."""
    return address_key(email, order, name) if email or order else ""


def alike(text: str) -> str:
    """Return `text` in lower case with single spaces, to compare names and companies."""
    return " ".join(text.casefold().split())
