"""Run a wall as its own process."""

import re
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from helpers import HANG_S, eventually, running


@dataclass
class Wall:
    """A running wall."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        """The URL of its page."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def url_with_token(self) -> str:
        """The URL that it printed, with the token for actions."""
        printed = re.search(rf"{self.url}/#token=\S+", self.log.read_text())
        assert printed
        return printed[0]


@contextmanager
def serving(
    database_url: str, badges_dir: Path, folder: Path, *options: str, port: int | None = None
) -> Iterator[Wall]:
    """Run `badge-forge wall` while the block runs. It answers when the block starts."""
    port = port or free_port()
    badges_dir.mkdir(exist_ok=True)
    environment = {
        "DATABASE_URL": database_url,
        "BADGES_DIR": str(badges_dir),
        "BADGE_FORGE_VAR": str(folder / "var"),
    }
    log = folder / "wall.log"
    with running("wall", "--port", str(port), *options, log=log, **environment) as process:
        wall = Wall(port, process, log)

        def answers() -> bool:
            assert process.poll() is None, log.read_text()
            try:
                urllib.request.urlopen(f"{wall.url}/healthz", timeout=HANG_S).close()
            except urllib.error.HTTPError:
                return True
            except OSError:
                return False
            return True

        eventually(answers)
        yield wall


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
