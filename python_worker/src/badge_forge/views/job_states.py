"""States of jobs, as Oban names them, in groups."""

WAITING = ("available", "scheduled", "suspended")
"""Jobs that were not tried yet, or were put off."""

FAILED = ("cancelled", "discarded")
"""Jobs that were given up."""

UNFINISHED = (*WAITING, "retryable", "executing")
"""Jobs that are not finished."""
