"""What a renderer process may not do, whatever a design or a library would have it do.

The second line: what a page fetches is decided in `fetching.py`. Python tells an audit hook what it is
about to do (PEP 578); a hook can't be removed, and costs nothing where nothing of the kind is done.
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
"""What is done to a path, the first argument: where it is not temporary, it is refused."""

BEYOND = frozenset({"ctypes.dlopen", "os.kill", "os.killpg"})

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def confine() -> None:
    """Let this process, from now on, connect to nothing, start nothing, and change temporary files only.

    What tries to gets a `PermissionError`. This holds for what Python reports of itself; C libraries
    that it calls (Pango, fontconfig, HarfBuzz) are not asked, nor is code that sets out to get around.
    It is there for a design, or a library, that does what it should not, not for an attacker's own code.
    """
    # Both now: a design has no say in where temporary files lie, and to find out would write one.
    temporary = os.path.realpath(tempfile.gettempdir())
    nothing = Path(os.path.realpath(os.devnull))

    def refuse_path(path: Any) -> None:
        if isinstance(path, int):
            return  # it is open already
        # One that is not absolute may count from a folder that is not told.
        named = Path(os.fsdecode(path))
        real = Path(os.path.realpath(named)) if named.is_absolute() else named
        if real != nothing and not real.is_relative_to(temporary):
            raise PermissionError(f"a renderer changes temporary files only, not {real}")

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
            raise PermissionError(f"a renderer connects to nothing ({event})")
        elif event in BEYOND:
            raise PermissionError(f"a renderer keeps to itself ({event})")
        elif event in STARTING:
            raise PermissionError(f"a renderer starts no program ({event})")

    sys.addaudithook(refuse)
