"""Generated from db/contracts/print_center.schema.json by `make contracts`."""

from typing import NotRequired, TypedDict


class PrintCenterArgs(TypedDict):
    """The args of a print job, which confirms that the PDF of a badge exists. Queue: printing."""

    id: str
    """Identifies the badge, as in generate_badge.schema.json."""
    name: str
    """The attendee's name, for the log line."""
    file: NotRequired[str]
    """The name of the PDF, <slug>-<id>.pdf. Each application finds it in its own badges folder."""
    path: NotRequired[str]
    """Instead of file, as version 0.1 wrote it: an absolute path. Only its last part counts."""
    sha256: str
    """The SHA-256 of the PDF in hex digits. A file with another digest is not printed."""
