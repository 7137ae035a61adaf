"""SQL statements, each in a file beside the module that executes it."""

from importlib.resources import files


def statement(package: str, name: str) -> bytes:
    """Return the statement in `name`.sql of `package`."""
    return files(package).joinpath(f"{name}.sql").read_bytes()
