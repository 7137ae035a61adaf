"""Every error that Badge Forge raises, split by what the queue should do about it.

An error of the input never gets better: the job is cancelled. An error of the world (disk, database,
renderer) may pass: it is raised, and Oban retries the job. Each message is one line that says what is
wrong, with which value, and what to do.
"""


class BadgeForgeError(Exception):
    """An error that is for people: printed as one line, a traceback only with `--debug`."""


class InputError(BadgeForgeError):
    """The job's args are wrong. `field` names the first field at fault."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(field, message)  # both: it crosses from renderer to worker, pickled
        self.field = field
        self.message = message

    def __str__(self) -> str:
        return self.message


class TakenAwayError(BadgeForgeError):
    """The job is no longer ours: it was cancelled, or somebody else has it."""


class WorldError(BadgeForgeError):
    """Something around the job failed: the same job may succeed later."""


class RenderingError(WorldError):
    """A renderer failed, died or took too long."""


class DesignError(RenderingError):
    """A design is broken, or asks for what is not its own: mend it, and the job runs on."""


class UnknownDesignError(DesignError):
    """There is no design of that name."""


class SheetError(BadgeForgeError):
    """Badges can't be laid on a sheet."""


class StorageError(WorldError):
    """A PDF could not be written."""


class DatabaseError(WorldError):
    """The database can't be reached, or its schema is not what this version needs."""


class SettingsError(BadgeForgeError):
    """A setting is wrong; nothing was started."""


class UsageError(BadgeForgeError):
    """A command was asked for something that makes no sense. Exit code 2."""
