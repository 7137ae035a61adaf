"""Read and write files in folders that other users can write to, without following links.

A path that was checked can be replaced before it is opened. So a file is opened first, relative to an
open folder, and the open file is checked.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from io import BufferedReader
from pathlib import Path
from uuid import uuid4

MOST_BYTES = 200 * 2**20
"""Size of the largest file that is read into memory: a font for Chinese has some ten MiB."""

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


def read_regular(path: Path, beneath: Path | None = None, *, most_bytes: int = MOST_BYTES) -> bytes:
    """Return the content of the regular file `path`, as `opened_regular` opens it.

    Raises `OSError`, also if the file is larger than `most_bytes`, or changes its size meanwhile.
    """
    with opened_regular(path, beneath) as file:
        size = os.fstat(file.fileno()).st_size
        if size > most_bytes:
            raise OSError(errno.EFBIG, f"it has more than {most_bytes // 2**20} MiB", str(path))
        # A file that grows all the time has no end.
        content = file.read(size + 1)
    if len(content) != size:
        raise OSError(errno.ESTALE, "it changed while it was read: try again", str(path))
    return content


@contextmanager
def opened_regular(path: Path, beneath: Path | None = None) -> Iterator[BufferedReader]:
    """Open `path` for reading: a regular file in the folder `beneath`, by default its own folder.

    Neither `beneath` nor what follows it in `path` may be a link: each is opened relative to the one
    before. Opening never blocks. Raises `OSError`, whose `strerror` says what `path` is instead.
    """
    beneath = beneath or path.parent
    *folders, name = path.relative_to(beneath).parts
    with _opened_folder(beneath, *folders) as folder:
        descriptor = _open(name, folder)
    try:
        kind = stat.S_IFMT(os.fstat(descriptor).st_mode)
        if kind != stat.S_IFREG:
            what = _KINDS.get(kind, "something else")
            raise OSError(errno.EINVAL, f"it is {what}, not a file: remove it", str(path))
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            yield file
    finally:
        os.close(descriptor)


def write_atomically(path: Path, content: bytes, *, as_folder: bool = False) -> None:
    """Write `content` to `path`, completely or not at all. An existing file or link is replaced.

    Only the owner can read it, or with `as_folder`, those who can read its folder.

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
                mode = os.fstat(folder).st_mode & 0o666 if as_folder else 0o600
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
def _opened_folder(folder: Path, *below: str) -> Iterator[int]:
    """Open `folder`, then each folder of `below` in the one before, and yield the last."""
    with ExitStack() as opened:
        path, descriptor = folder, _open_folder(folder)
        opened.callback(os.close, descriptor)
        for name in below:
            path /= name
            descriptor = _open_folder(path, descriptor)
            opened.callback(os.close, descriptor)
        yield descriptor


def _open_folder(path: Path, above: int | None = None) -> int:
    if above is not None and path.name == "..":
        raise OSError(errno.EINVAL, "its path must not contain ..", str(path))
    try:
        return os.open(path if above is None else path.name, _FOLDER, dir_fd=above)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR) and path.is_symlink():
            message = f"its folder {path} was replaced by a symbolic link: remove it"
            raise OSError(errno.ELOOP, message, str(path)) from None
        raise
