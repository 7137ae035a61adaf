"""A stack of containers from empty volumes, for all tests of this folder."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator

import pytest

from containers.stack import Stack
from helpers import HANG_S


def _engine_answers() -> bool:
    return bool(shutil.which("docker")) and all(
        subprocess.run(["docker", *command], capture_output=True, check=False).returncode == 0
        for command in (("version",), ("compose", "version"))
    )


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Start everything, as `docker compose up --detach` does after a clone."""
    if not _engine_answers():
        if "CI" in os.environ:
            pytest.fail("no container engine answers: CI requires one")
        pytest.skip("no container engine answers")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    stack = Stack(project=f"badge-forge-test-{os.getpid()}", port=port)
    try:
        stack.compose("--profile", "wall", "build", timeout_s=10 * HANG_S)
        stack.up()
        yield stack
    finally:
        stack.remove()
