"""The SQL statements of this package, each in a file of its own."""

from importlib.resources import files

FAILED_JOBS, RETRY_JOBS, FORGE_AGAIN, CANCEL_JOBS = (
    files(__package__).joinpath(f"{name}.sql").read_bytes()
    for name in ("failed_jobs", "retry_jobs", "forge_again", "cancel_jobs")
)
