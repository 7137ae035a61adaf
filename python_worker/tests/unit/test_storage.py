"""PDFs are written completely or not at all, one per badge, inside the badges folder."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from badge_forge.attendee import Attendee
from badge_forge.errors import StorageError
from badge_forge.storage import Storage
from helpers import badge_args

ATTACKS = [
    "../../etc/passwd",
    "/etc/passwd",
    "..",
    ".",
    "a/b\\c",
    "~root",
    "-rf *",
    "con.pdf\x1b[31m",
    "\u202egnp.exe",
    "李小龍",
    "😀",
    "x" * 200,
]


def attendee(**changes: object) -> Attendee:
    return Attendee.from_args(badge_args(**changes))


def test_a_pdf_is_named_by_slug_and_id(badges_dir: Path) -> None:
    zoe = attendee(name="Zoë Łukasiewicz")
    path = Storage(badges_dir).write(zoe, b"%PDF-")
    assert path == badges_dir / f"zoe-lukasiewicz-{zoe.id}.pdf"
    assert path.read_bytes() == b"%PDF-"


def test_two_attendees_with_one_name_get_different_files(badges_dir: Path) -> None:
    storage = Storage(badges_dir)
    assert storage.write(attendee(), b"one") != storage.write(attendee(), b"two")


@pytest.mark.parametrize("name", ATTACKS)
def test_no_name_leads_out_of_the_folder(name: str, badges_dir: Path) -> None:
    path = Storage(badges_dir).write(attendee(name=name), b"%PDF-")
    assert path.parent == badges_dir
    assert path.resolve() == path
    assert set(path.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
    assert os.listdir(badges_dir) == [path.name]


@pytest.mark.parametrize(("folder", "file"), [(0o755, 0o644), (0o750, 0o640), (0o700, 0o600)])
def test_a_badge_is_readable_by_those_who_can_read_the_folder(
    folder: int, file: int, badges_dir: Path
) -> None:
    """The print center may be another user."""
    badges_dir.mkdir()
    badges_dir.chmod(folder)
    path = Storage(badges_dir).write(attendee(), b"%PDF-")
    assert path.stat().st_mode & 0o777 == file


def test_a_new_badges_folder_is_for_its_owner_only(badges_dir: Path) -> None:
    path = Storage(badges_dir).write(attendee(), b"%PDF-")
    assert badges_dir.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o777 == 0o600


def test_writing_a_badge_again_replaces_it(badges_dir: Path) -> None:
    storage, ada = Storage(badges_dir), attendee()
    storage.write(ada, b"old")
    path = storage.write(ada, b"new")
    assert path.read_bytes() == b"new"
    assert os.listdir(badges_dir) == [path.name]


def test_a_folder_that_cannot_be_created_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "badges").write_text("a file where the folder should be")
    with pytest.raises(StorageError, match=r"cannot write .*badges"):
        Storage(tmp_path / "badges").write(attendee(), b"%PDF-")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 64 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root can mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_keeps_the_old_pdf_and_no_partial_file(small_disk: Path) -> None:
    storage, ada = Storage(small_disk), attendee()
    path = storage.write(ada, b"old")
    with pytest.raises(StorageError, match="No space left"):
        storage.write(ada, b"x" * 100_000)
    assert os.listdir(small_disk) == [path.name]
    assert path.read_bytes() == b"old"
