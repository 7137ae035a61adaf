"""Audit of a fault run: lost badges, doubled confirmations, torn PDFs and stray files."""

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pypdfium2
from psycopg.rows import dict_row

from badge_forge.jobs.wire import BADGES, PRINTING
from chaos.deployment import Deployment

FINAL = ("completed", "cancelled", "discarded")

JOBS = """
SELECT queue, state::text AS state, args, cardinality(errors) AS errors, attempt,
    errors[array_upper(errors, 1)] ->> 'error' AS error
FROM oban_jobs WHERE queue IN ('badges', 'printing')
"""


@dataclass(frozen=True)
class Outcome:
    """Figures of one fault.

    `reprinted` counts badges whose print started more than once; the spool still has one file of each.
    `seconds` is the time from the last fault until all jobs were finished.
    """

    fault: str
    times: int
    badges: int
    lost: int
    doubled: int
    reprinted: int
    torn: int
    stray: int
    given_up: int
    seconds: int

    @property
    def clean(self) -> bool:
        """Tell whether nothing was lost, doubled or torn, and no stray file exists."""
        return not (self.lost or self.doubled or self.torn or self.stray)


def audit(
    fault: str,
    deployment: Deployment,
    connection: psycopg.Connection,
    enqueued: list[dict[str, Any]],
    faults: int,
    seconds: int,
    pdfs_removed: bool = False,
) -> Outcome:
    """Compare the table and the folders with the enqueued badges.

    `pdfs_removed` says that the test removed PDFs after they were printed.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        jobs = cursor.execute(JOBS).fetchall()
    badges = [job for job in jobs if job["queue"] == BADGES]
    prints = [job for job in jobs if job["queue"] == PRINTING]
    confirmed = Counter(job["args"]["id"] for job in prints)
    printed = Counter(deployment.printed_log.read_text().split())
    made = {job["args"]["id"] for job in badges if job["state"] == "completed"}
    wanted = {args["id"] for args in enqueued}
    in_spool = {path.stem for path in deployment.spool.glob("*.pdf")}
    unexplained = [
        job for job in jobs if job["state"] in ("cancelled", "discarded") and not job["error"]
    ]
    undone = [job for job in jobs if job["state"] not in FINAL]
    done = {job["args"]["id"] for job in prints if job["state"] == "completed"}
    lost = (
        (wanted - {job["args"]["id"] for job in badges})  # the row is missing
        | (made - set(confirmed))  # rendered, but not confirmed
        | (done - in_spool)  # completed, but not in the spool
        | (in_spool - done)
    )
    return Outcome(
        fault=fault,
        times=faults,
        badges=len(enqueued),
        lost=len(lost) + len(unexplained) + len(undone),
        doubled=sum(count > 1 for count in confirmed.values()),
        reprinted=sum(count > 1 for count in printed.values()),
        torn=sum(
            not _is_whole(deployment.badges, job["args"], pdfs_removed)
            for job in prints
            if job["state"] == "completed"
        )
        + sum(not _opens(path) for path in deployment.spool.glob("*.pdf")),
        stray=len(_stray(deployment, {job["args"]["file"] for job in prints})),
        given_up=sum(job["state"] in ("cancelled", "discarded") for job in jobs),
        seconds=seconds,
    )


def _is_whole(folder: Path, confirmation: dict[str, Any], pdfs_removed: bool) -> bool:
    path = folder / confirmation["file"]
    try:
        pdf = path.read_bytes()
    except FileNotFoundError:
        return pdfs_removed
    digest = confirmation.get("sha256")
    return _opens(path) and digest in (None, hashlib.sha256(pdf).hexdigest())


def _opens(path: Path) -> bool:
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError:
        return False
    try:
        return len(document) > 0
    finally:
        document.close()


def _stray(deployment: Deployment, files: set[str]) -> list[Path]:
    """Return unfinished files and files without a job in the deployment's folders."""
    folder = deployment.badges.parent
    known = {deployment.badges, deployment.spool, deployment.logs, *deployment.logs.rglob("*")}
    return [
        path
        for path in folder.rglob("*")
        if path not in known
        and not (path.parent == deployment.badges and path.name in files)
        and not (path.parent == deployment.spool and path.suffix == ".pdf")
    ]
