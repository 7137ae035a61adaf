"""Wait until a batch is through.

For `make demo` in containers: `python -m badge_forge.demo.follow BATCH_ID` follows the badge jobs whose
ids are on standard input, one per line, and prints how far they are. It exits with 1 if a badge failed,
or if no job completes any more.
"""

import sys
import time
from collections.abc import Callable, Iterable

import psycopg

from badge_forge.database.source import require_running
from badge_forge.database.url import connected
from badge_forge.demo.batch import Batch, Progress
from badge_forge.errors import BadgeForgeError
from badge_forge.settings import Settings
from badge_forge.text.text import counted

STALL_TIMEOUT_S = 120
"""The demo ends if no job completes for this long, in this batch or in one before it. All retries of a
badge come sooner, but only the first retries of a print."""


def follow(
    batch: Batch,
    count: int,
    on_progress: Callable[[Progress], None],
    interval_s: float,
    check: Callable[[], None] = lambda: None,
) -> Progress:
    """Return when every badge is printed or has failed, or after `STALL_TIMEOUT_S` without progress.

    Looks at the table every `interval_s` seconds, and calls `on_progress` when a job has completed.
    `check` is called before each look, and may raise.
    """
    progress, last_completion = Progress(), None
    progressed_at = time.monotonic()
    while progress.printed + progress.failed < count:
        check()
        before = progress, last_completion
        progress, last_completion = batch.progress(), batch.last_completion()
        if (progress, last_completion) != before:
            progressed_at = time.monotonic()
            on_progress(progress)
        if time.monotonic() - progressed_at > STALL_TIMEOUT_S:
            break
        time.sleep(interval_s)
    return progress


def follow_lines(batch_id: str, lines: Iterable[str], url: str, interval_s: float = 1.0) -> int:
    """Follow the jobs whose ids are in `lines`, and return the exit code. Prints one line per change."""
    ids = [int(line) for line in lines]
    count, shown = len(ids), ""

    def show(progress: Progress) -> None:
        nonlocal shown
        line = f"rendered {progress.rendered}/{count}, printed {progress.printed}/{count}"
        if line != shown:  # else a job of another batch has completed
            shown = line
            print(line, flush=True)

    with connected(url, autocommit=True) as connection:
        progress = follow(Batch(batch_id, ids, connection), count, show, interval_s)
    if progress.printed == count:
        return 0
    waiting = count - progress.printed - progress.failed
    print(f"{counted(progress.failed, 'badge')} failed, {waiting} not printed in time", file=sys.stderr)
    return 1


if __name__ == "__main__":
    try:
        url = require_running(Settings.load()).url
        sys.exit(follow_lines(sys.argv[1], sys.stdin, url))
    except (BadgeForgeError, psycopg.Error) as error:
        sys.exit(f"demo: {error}".splitlines()[0])
