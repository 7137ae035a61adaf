"""All errors that Badge Forge raises, grouped by what the queue does with them.

An error in the input is permanent: the job is cancelled. An error of the environment (disk, database,
renderer) may be temporary: it is raised, and Oban retries the job. Each message is one line that says
what is wrong, the value, and what to do.
"""


class BadgeForgeError(Exception):
    """Base class. The command line prints the message, and a traceback only with `--debug`."""


class InputError(BadgeForgeError):
    """The job's args are invalid. `field` is the name of the first invalid field."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(field, message)  # both, because the error is pickled in the renderer
        self.field = field
        self.message = message

    def __str__(self) -> str:
        return self.message


class JobLostError(BadgeForgeError):
    """The job was cancelled or rescued, so this attempt must stop."""


class WorldError(BadgeForgeError):
    """The environment of the job failed. A retry may succeed."""


class RenderingError(WorldError):
    """A renderer failed, died or exceeded its time-out."""


class DesignError(RenderingError):
    """A design is broken, or uses files outside of it. The job succeeds once the design is fixed."""


class UnknownDesignError(DesignError):
    """No design has this name."""


class EventError(RenderingError):
    """An event's file is broken, or its folder lacks a picture. The job succeeds once it is fixed."""


class UnknownEventError(EventError):
    """No event has this slug."""


class NotRenderedError(BadgeForgeError):
    """A badge that was asked for has no PDF, and will have none without a change."""


class NotPrintedError(BadgeForgeError):
    """The print center did not do what it was asked, and will not without a change."""


class AskTimeoutError(WorldError):
    """A badge that was asked for has no PDF yet."""


class SheetError(BadgeForgeError):
    """Badges cannot be imposed on a sheet."""


class ListError(BadgeForgeError):
    """A file can't be read as a list of attendees, or must not be imported as it is."""


class StorageError(WorldError):
    """A PDF cannot be written."""


class DatabaseError(WorldError):
    """The database cannot be reached, or this version needs another schema."""


class SettingsError(BadgeForgeError):
    """A setting is invalid. Nothing was started."""


class ContractError(BadgeForgeError):
    """A contract in `db/contracts/` is invalid."""


class UsageError(BadgeForgeError):
    """The arguments of a command are invalid. Exit code 2."""
