"""Attack: plant another file where a badge is written, or where a sheet reads it."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from badge_forge import files
from badge_forge.attendee import Attendee
from badge_forge.errors import SheetError, StorageError
from badge_forge.sheets.badge_files import badge_files
from badge_forge.sheets.badge_pdf import BadgePdf
from badge_forge.sheets.calibration import Calibration
from badge_forge.sheets.manifest import Manifest, ManifestBadge
from badge_forge.sheets.selection import Selection, select
from badge_forge.storage import Storage
from helpers import badge_args, enqueue

SECRET = b"%PDF-1.7 a secret"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.pdf"
    path.write_bytes(SECRET)
    return path


@pytest.fixture
def ada() -> Attendee:
    return Attendee.from_args(badge_args())


@pytest.fixture
def badge(badges_dir: Path, ada: Attendee) -> Path:
    """Return the path of the badge of `ada`, in an existing folder."""
    badges_dir.mkdir()
    return Storage(badges_dir).path_for(ada)


@pytest.mark.parametrize("to", ["secret.pdf", "missing", "folder"])
def test_a_link_planted_under_a_badges_name_is_replaced_and_not_followed(
    to: str, badge: Path, secret: Path, ada: Attendee
) -> None:
    (secret.parent / "folder").mkdir()
    badge.symlink_to(secret.parent / to)
    Storage(badge.parent).write(ada, b"%PDF-")
    assert badge.read_bytes() == b"%PDF-"
    assert not badge.is_symlink()
    assert secret.read_bytes() == SECRET
    assert not (secret.parent / "missing").exists()
    assert os.listdir(secret.parent / "folder") == []


def test_a_hard_link_planted_under_a_badges_name_is_not_written_through(
    badge: Path, secret: Path, ada: Attendee
) -> None:
    badge.hardlink_to(secret)
    Storage(badge.parent).write(ada, b"%PDF-")
    assert (badge.read_bytes(), secret.read_bytes()) == (b"%PDF-", SECRET)


def test_a_new_badge_is_written_without_a_temporary_name(
    badge: Path, ada: Attendee, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that is killed during the write leaves no partial file."""
    fsync, seen = os.fsync, list[str]()

    def look(descriptor: int) -> None:
        seen.extend(name for name in os.listdir(badge.parent) if name != badge.name)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", look)
    Storage(badge.parent).write(ada, b"%PDF-")
    assert (seen, badge.read_bytes()) == ([], b"%PDF-")


def test_a_folder_planted_under_a_badges_name_is_reported_with_its_path(
    badge: Path, ada: Attendee
) -> None:
    badge.mkdir()
    with pytest.raises(StorageError, match=rf"cannot write {badge}: Is a directory"):
        Storage(badge.parent).write(ada, b"%PDF-")
    assert os.listdir(badge.parent) == [badge.name]


def test_a_link_planted_under_the_temporary_name_is_not_written_through(
    badge: Path, secret: Path, ada: Attendee, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A badge that is rendered again has a random temporary name; here the attacker knows it."""
    badge.touch()
    guessed = uuid4()
    monkeypatch.setattr(files, "uuid4", lambda: guessed)
    (badge.parent / f".{guessed.hex}.tmp").symlink_to(secret)
    with pytest.raises(StorageError, match="File exists"):
        Storage(badge.parent).write(ada, b"%PDF-")
    assert secret.read_bytes() == SECRET


def test_a_badges_folder_replaced_by_a_link_between_write_and_rename_is_an_error(
    badge: Path, tmp_path: Path, ada: Attendee, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, elsewhere, fsync = badge.parent, tmp_path / "elsewhere", os.fsync
    elsewhere.mkdir()

    def replace_the_folder(descriptor: int) -> None:
        fsync(descriptor)
        if not folder.is_symlink():
            folder.rename(tmp_path / "moved")
            folder.symlink_to(elsewhere)

    storage = Storage(folder)
    monkeypatch.setattr(os, "fsync", replace_the_folder)
    with pytest.raises(
        StorageError, match=rf"cannot write .*: {folder} was replaced while the file was written"
    ):
        storage.write(ada, b"%PDF-")
    assert os.listdir(elsewhere) == []


def test_a_badges_folder_replaced_by_a_link_is_neither_written_nor_read(
    badge: Path, tmp_path: Path, ada: Attendee
) -> None:
    storage, elsewhere = Storage(badge.parent), tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / badge.name).write_bytes(SECRET)
    badge.parent.rmdir()
    badge.parent.symlink_to(elsewhere)
    with pytest.raises(StorageError, match="was replaced by a symbolic link: remove it"):
        storage.write(ada, b"%PDF-")
    with pytest.raises(SheetError, match="was replaced by a symbolic link: remove it"):
        BadgePdf(badge).read()


def _link(path: Path) -> None:
    path.symlink_to(path.parent.parent / "secret.pdf")


def _device(path: Path) -> None:
    try:
        os.mknod(path, 0o600 | 0o020000, os.makedev(1, 5))  # /dev/zero, which never ends
    except PermissionError:
        pytest.skip("only root can make a device")


@pytest.mark.parametrize(
    ("plant", "what"),
    [
        (_link, "it is a symbolic link, not a file: remove it"),
        (os.mkfifo, "it is a FIFO, not a file: remove it"),
        (os.mkdir, "it is a folder, not a file: remove it"),
        (_device, "it is a device, not a file: remove it|Permission denied"),
    ],
    ids=["link", "fifo", "folder", "device"],
)
def test_anything_but_a_regular_file_is_reported_and_not_placed_on_a_sheet(
    plant: Callable[[Path], Any], what: str, badge: Path, secret: Path
) -> None:
    plant(badge)
    with pytest.raises(SheetError, match=rf"can't read {badge}: ({what})"):
        BadgePdf(badge).open()


def test_a_manifest_that_is_a_fifo_does_not_hang(tmp_path: Path) -> None:
    path = tmp_path / "sheets.pdf.json"
    os.mkfifo(path)
    with pytest.raises(SheetError, match="it is a FIFO, not a file"):
        Manifest.read(path)


def test_a_badge_that_changes_while_it_is_placed_is_an_error(badge: Path) -> None:
    badge.write_bytes(b"%PDF- one")
    pdf = BadgePdf(badge)
    first = pdf.sha256
    badge.write_bytes(b"%PDF- another")
    with pytest.raises(SheetError, match=r"changed while the sheets were written"):
        pdf.read()
    assert pdf.sha256 == first


def test_a_link_planted_under_a_manifests_name_is_replaced_and_not_followed(
    badge: Path, secret: Path
) -> None:
    path = badge.parent / "sheets.pdf.json"
    path.symlink_to(secret)
    digest = "0" * 64
    Manifest(
        stock="a4",
        start=1,
        calibration=Calibration(),
        sheets=1,
        sha256=digest,
        badges=[ManifestBadge(id="", sha256=digest, path=badge, design="")],
    ).write(path)
    assert not path.is_symlink()
    assert secret.read_bytes() == SECRET


@pytest.mark.parametrize("name", ["../../secret", "/etc/passwd", "secret.pdf\0", "..", "a/../../b"])
def test_a_name_that_is_a_path_does_not_change_the_path_of_a_badge(
    name: str, database_url: str, connection: psycopg.Connection, badges_dir: Path
) -> None:
    badges_dir.mkdir()
    args = badge_args(name=name.replace("\0", "\u2400"))
    enqueue(connection, args, state="completed", completed_at="now")
    path = Storage(badges_dir).path_for(Attendee.from_args(args))
    path.write_bytes(b"%PDF-")
    found = select(Selection(), database_url)
    ((selected,),) = badge_files(found, Selection(), badges_dir).values()
    assert selected.path == path
    assert selected.path.parent == badges_dir


def test_a_row_with_a_path_in_its_args_is_not_selected_for_sheets(
    database_url: str, connection: psycopg.Connection, badges_dir: Path, secret: Path
) -> None:
    enqueue(connection, badge_args(path=str(secret)), state="completed", completed_at="now")
    with pytest.raises(SheetError, match="no finished badge matches"):
        select(Selection(), database_url)
