"""Confine a renderer process with an audit hook (PEP 578).

The closed fetcher (`rendering/fetching.py`) only covers what a page fetches through WeasyPrint. The hook
also covers libraries that act by themselves: Pillow, for example, starts Ghostscript to open an EPS
picture. Python cannot remove an audit hook.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

CONNECTING = frozenset(
    {
        "socket.bind",
        "socket.connect",
        "socket.getaddrinfo",
        "socket.gethostbyaddr",
        "socket.gethostbyname",
        "socket.sendmsg",
        "socket.sendto",
    }
)
STARTING = frozenset(
    {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen"}
)
CHANGING = frozenset(
    {
        *("os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir"),
        *("os.setxattr", "os.symlink", "os.truncate", "os.utime", "sqlite3.connect"),
    }
)
"""Events whose first argument is a path. They are allowed on temporary files only."""

ESCAPING = frozenset({"ctypes.dlopen", "os.kill", "os.killpg"})

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def confine() -> None:
    """Forbid this process to open connections, start programs, or change files that are not temporary.

    A forbidden action raises `PermissionError`. The hook sees what Python reports. It does not see C
    libraries (Pango, fontconfig, HarfBuzz), and code that runs in the process can get around it. It
    stops a design or a library that misbehaves, not an attacker who can run code.
    """
    # Both are resolved before the hook exists: a design must not influence the location of temporary
    # files, and gettempdir() writes a file to test it.
    temporary = os.path.realpath(tempfile.gettempdir())
    null = Path(os.path.realpath(os.devnull))

    def refuse_path(path: Any) -> None:
        if isinstance(path, int):
            return  # a file descriptor: it was checked when it was opened
        # Refuse a relative path: it may start at a folder (dir_fd) that the event does not report.
        named = Path(os.fsdecode(path))
        real = Path(os.path.realpath(named)) if named.is_absolute() else named
        if real != null and not real.is_relative_to(temporary):
            raise PermissionError(f"a renderer may change temporary files only, not {real}")

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _mode, flags = arguments
            if flags & WRITING:
                refuse_path(path)
        elif event in CHANGING:
            refuse_path(arguments[0])
            if event in ("os.rename", "os.link"):
                refuse_path(arguments[1])
        elif event in CONNECTING:
            raise PermissionError(f"a renderer may not open a connection ({event})")
        elif event in ESCAPING:
            raise PermissionError(f"a renderer may not signal processes or load libraries ({event})")
        elif event in STARTING:
            raise PermissionError(f"a renderer may not start a program ({event})")

    sys.addaudithook(refuse)
