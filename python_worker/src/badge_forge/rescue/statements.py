"""The SQL statements of this package, each in a file of its own."""

from importlib.resources import files

BEAT, EXECUTING_JOBS, RESCUE_JOBS, RELEASE_JOBS = (
    files(__package__).joinpath(f"{name}.sql").read_bytes()
    for name in ("beat", "executing_jobs", "rescue_jobs", "release_jobs")
)
