"""Files that commands write."""

from pathlib import Path

from badge_forge.errors import StorageError, UsageError


def prepare(output: Path) -> None:
    """Create the folder of `output`.

    Raises `UsageError` if `output` is not a regular file, and `StorageError` if the folder can't be
    created.
    """
    if output.exists() and not output.is_file():
        raise UsageError(f"{output} is not a regular file: choose another output")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"can't write {output}: {error.strerror or error}") from error
