"""Load SQL statements. Each is in a file beside the module that executes it."""

from importlib.resources import files


def statement(package: str, name: str) -> bytes:
    """Return the contents of `name`.sql in `package`."""
    return files(package).joinpath(f"{name}.sql").read_bytes()
