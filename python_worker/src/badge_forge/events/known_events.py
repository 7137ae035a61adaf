"""The events of a folder, each read again after its file changes."""

from pathlib import Path

from badge_forge.errors import InputError, UnknownEventError
from badge_forge.events.event import Event, file_of, load_event


class KnownEvents:
    """The events in `events_dir`, which may not exist."""

    def __init__(self, events_dir: Path) -> None:
        self._events_dir = events_dir
        self._loaded: dict[str, tuple[tuple[int, int] | None, Event]] = {}

    def get(self, slug: str) -> Event:
        """Return the event `slug`.

        Raises `InputError` if it does not exist, and `EventError` if its file is broken.
        """
        try:
            stamp = self._stamp(slug)
            if slug not in self._loaded or self._loaded[slug][0] != stamp:
                self._loaded[slug] = stamp, load_event(slug, self._events_dir)
        except UnknownEventError as error:
            raise InputError("event_slug", f"event_slug: {error}") from None
        return self._loaded[slug][1]

    def _stamp(self, slug: str) -> tuple[int, int] | None:
        """Return what changes with the file, or None if there is none."""
        try:
            status = file_of(slug, self._events_dir).stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size
