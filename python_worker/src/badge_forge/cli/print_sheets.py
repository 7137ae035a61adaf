"""`bin/badge-forge print`: sheets on a printer of the print center."""

import hashlib
import shutil
from pathlib import Path
from uuid import uuid4

import click

from badge_forge.cli.connection import connected_as
from badge_forge.cli.say import say
from badge_forge.contracts.printers import PrintersArgs
from badge_forge.database.roles import Role
from badge_forge.errors import NotPrintedError, StorageError, UsageError
from badge_forge.jobs.failed import reason
from badge_forge.jobs.printers import ENDED, enqueue, follow
from badge_forge.settings import Settings

PDF = b"%PDF-"

MOST_BYTES = 20_000_000
"""What the print center reads of a file."""


@click.command("print")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--printer", required=True, help="Its name in the event's file: `badge-forge printers`.")
@click.option("--no-wait", is_flag=True, help="Do not wait until it is printed.")
def print_sheets(file: Path, printer: str, no_wait: bool) -> None:
    """Print sheets, or any other PDF, on a printer of the print center.

    Ctrl-C ends the waiting, not the printing.

    \b
    Examples:
      badge-forge sheet a4 -o sheets.pdf
      badge-forge print sheets.pdf --printer office
    """
    settings = Settings.load()
    args = _stored(file, printer, settings.sheets_dir)
    with connected_as(Role.WORKER, settings, autocommit=True) as connection:
        job_id = enqueue(connection, args)
        say(f"{file}: goes to {printer}, as job {job_id}")
        held_up = None
        for progress in follow(connection, job_id):
            if no_wait or progress.state in (None, *ENDED):
                break
            if progress.held_up and progress.held_up != held_up:
                held_up = progress.held_up
                say(f"waiting: {held_up}")
    if no_wait:
        return
    (settings.sheets_dir / args["file"]).unlink(missing_ok=True)
    if progress.state != "completed":
        raise NotPrintedError(reason(progress.error) or f"job {job_id} is {progress.state or 'deleted'}")
    say(f"{file}: printed")


print = print_sheets  # noqa: A001 — the command's name


def _stored(file: Path, printer: str, folder: Path) -> PrintersArgs:
    """Copy `file` into the sheets folder, where the print center finds it by its name."""
    sheets_id = str(uuid4())
    name = f"sheets-{sheets_id}.pdf"
    try:
        content = file.read_bytes()
        if not content.startswith(PDF):
            raise UsageError(f"{file} is not a PDF")
        if len(content) > MOST_BYTES:
            raise UsageError(f"{file} is larger than {MOST_BYTES:,} bytes: print it in parts")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(file, folder / name)
    except OSError as error:
        raise StorageError(f"can't copy {file} to {folder}: {error.strerror or error}") from error
    return {
        "ask": "print",
        "printer": printer,
        "id": sheets_id,
        "file": name,
        "sha256": hashlib.sha256(content).hexdigest(),
    }
