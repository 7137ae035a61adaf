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
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def confine() -> None:
    """Let this process, from now on, connect to nothing, start nothing, and write temporary files only.

    What tries to gets a `PermissionError`. This holds for what is done in Python; C libraries that it
    calls (Pango, fontconfig, HarfBuzz) are not asked.
    """
    # Both now: a design has no say in where temporary files lie, and to find out would write one.
    temporary = os.path.realpath(tempfile.gettempdir())
    nothing = os.path.realpath(os.devnull)

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _mode, flags = arguments
            if flags & WRITING and not isinstance(path, int):
                real = os.path.realpath(os.fsdecode(path))
                if real != nothing and not Path(real).is_relative_to(temporary):
                    raise PermissionError(f"a renderer writes temporary files only, not {real}")
        elif event in CONNECTING:
            raise PermissionError(f"a renderer connects to nothing ({event})")
        elif event in STARTING:
            raise PermissionError(f"a renderer starts no program ({event})")

    sys.addaudithook(refuse)
