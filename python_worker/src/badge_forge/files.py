"""Read and write files in folders that other users can write to, without following links.

A path that was checked can be replaced before it is opened. So a file is opened first, relative to an
open folder, and the open file is checked.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

# Open without blocking: opening a FIFO that has no writer would hang.
_TO_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_TO_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def read_regular(path: Path) -> bytes:
    """Return the content of `path`, which must be a regular file in a folder that is not a link.

    Raises `OSError`, whose `strerror` says what `path` is instead.
    """
    with _opened_folder(path.parent) as folder:
        descriptor = _open(path.name, folder)
    try:
        kind = stat.S_IFMT(os.fstat(descriptor).st_mode)
        if kind != stat.S_IFREG:
            what = _KINDS.get(kind, "something else")
            raise OSError(errno.EINVAL, f"it is {what}, not a file: remove it", str(path))
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(descriptor)


def write_atomically(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write `content` to `path`, completely or not at all. An existing file or link is replaced.

    The content is written to an unnamed file in the same folder and synced before it is linked to its
    name. A process that is killed leaves no unfinished file, except where the file system has no unnamed
    files or an existing file is being replaced. Raises `OSError`, also if the folder was replaced in the
    meantime.
    """
    with _opened_folder(path.parent) as folder:
        descriptor, temporary = _create(folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fchmod(file.fileno(), mode)  # regardless of the umask
                os.fsync(file.fileno())
                temporary = temporary or _give_name(file.fileno(), path.name, folder)
            if temporary:
                os.replace(temporary, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            if temporary:
                with suppress(FileNotFoundError):
                    os.unlink(temporary, dir_fd=folder)
            raise
        os.fsync(folder)
        if not os.path.samestat(os.fstat(folder), path.parent.lstat()):
            raise OSError(
                errno.ESTALE, f"{path.parent} was replaced while the file was written", str(path)
            )


def _create(folder: int) -> tuple[int, str | None]:
    """Return a new open file in `folder`, and its name, or None if it is unnamed (`O_TMPFILE`)."""
    with suppress(OSError, AttributeError):
        return os.open(".", os.O_WRONLY | os.O_TMPFILE | os.O_CLOEXEC, 0o600, dir_fd=folder), None
    temporary = _temporary_name()
    return os.open(temporary, _TO_CREATE, 0o600, dir_fd=folder), temporary


def _give_name(descriptor: int, name: str, folder: int) -> str | None:
    """Link an unnamed open file to `name`. If `name` exists, link and return a temporary name."""
    unnamed = f"/proc/self/fd/{descriptor}"
    try:
        os.link(unnamed, name, dst_dir_fd=folder, follow_symlinks=True)
    except FileExistsError:
        temporary = _temporary_name()
        os.link(unnamed, temporary, dst_dir_fd=folder, follow_symlinks=True)
        return temporary
    return None


def _temporary_name() -> str:
    return f".{uuid4().hex}.tmp"


def _open(name: str, folder: int) -> int:
    try:
        return os.open(name, _TO_READ, dir_fd=folder)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(errno.ELOOP, "it is a symbolic link, not a file: remove it", name) from None
        raise


@contextmanager
def _opened_folder(folder: Path) -> Iterator[int]:
    try:
        descriptor = os.open(folder, _FOLDER)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR) and folder.is_symlink():
            message = f"its folder {folder} was replaced by a symbolic link: remove it"
            raise OSError(errno.ELOOP, message, str(folder)) from None
        raise
    try:
        yield descriptor
    finally:
        os.close(descriptor)
