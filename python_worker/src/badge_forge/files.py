"""Files that lie where others may write too: read and written without following a link that waits there.

A check of a path says nothing about the file that is opened a moment later. So what is open is checked,
in a folder that is open as well.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

# Not blocking: to open a FIFO that nobody writes to would wait for ever.
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
    """Return the bytes of `path`, which is a regular file, neither itself nor its folder a link.

    Raises `OSError`, whose `strerror` says what lies there instead.
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
    """Write `content` to `path`, whole or not at all; what has the name is replaced, a link too.

    The bytes go to a file in the same folder that has no name yet, reach the disk, and only then take
    the name: who is killed meanwhile leaves nothing, unless it is an older file that is replaced. Raises
    `OSError`, also if the folder is not at its place any more when that is done.
    """
    with _opened_folder(path.parent) as folder:
        descriptor, temporary = _create(folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fchmod(file.fileno(), mode)  # whatever the umask is
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
            raise OSError(errno.ESTALE, f"{path.parent} was replaced meanwhile", str(path))


def _create(folder: int) -> tuple[int, str | None]:
    """Return an open file in `folder`, and its name if the file system has no files without one."""
    with suppress(OSError, AttributeError):
        return os.open(".", os.O_WRONLY | os.O_TMPFILE | os.O_CLOEXEC, 0o600, dir_fd=folder), None
    temporary = _temporary_name()
    return os.open(temporary, _TO_CREATE, 0o600, dir_fd=folder), temporary


def _give_name(descriptor: int, name: str, folder: int) -> str | None:
    """Link an open file to `name`, or, if that is taken, to a temporary name, which is returned."""
    nameless = f"/proc/self/fd/{descriptor}"
    try:
        os.link(nameless, name, dst_dir_fd=folder, follow_symlinks=True)
    except FileExistsError:
        temporary = _temporary_name()
        os.link(nameless, temporary, dst_dir_fd=folder, follow_symlinks=True)
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
