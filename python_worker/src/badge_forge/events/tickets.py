"""Store which tickets give a type, in the event's file."""

from collections.abc import Mapping
from pathlib import Path

from badge_forge.errors import StorageError
from badge_forge.events.event import Event, file_of
from badge_forge.files import read_regular, write_atomically


def store_tickets(event: Event, tickets: Mapping[str, str], events_dir: Path) -> None:
    """Add each of `tickets` to the type that it has, in the event's file. Comments in it are kept.

    Raises `StorageError` if the file can't be written.
    """
    import tomlkit  # few commands need it

    path = file_of(event.slug, events_dir)
    document = tomlkit.parse(read_regular(path.resolve(), events_dir.resolve()).decode())
    types = document.setdefault("types", tomlkit.table(is_super_table=True))
    for ticket, slug in tickets.items():
        for other in types.values():
            if ticket in other.get("tickets", ()):
                other["tickets"].remove(ticket)
        kind = types.setdefault(slug, tomlkit.table())
        kind.setdefault("tickets", tomlkit.array()).append(ticket)
    try:
        write_atomically(path, tomlkit.dumps(document).encode(), as_folder=True)
    except OSError as error:
        raise StorageError(f"can't write {path}: {error.strerror or error}") from error
