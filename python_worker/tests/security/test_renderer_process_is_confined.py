"""Attack: code that runs in a renderer process tries to reach something outside."""

import asyncio
import multiprocessing
import os
import socket
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from pebble import ProcessPool

from badge_forge.attendee import Attendee
from badge_forge.errors import RenderingError
from badge_forge.press.confinement import confine
from badge_forge.press.press import Press
from badge_forge.rendering.renderers import Renderers
from canaries import Port, shows_a_canary
from helpers import HANG_S, badge_args, make_design


def connect(target: str) -> None:
    socket.create_connection(("127.0.0.1", int(target)), timeout=HANG_S)


def connect_unresolved(target: str) -> None:
    with socket.socket() as client:
        client.connect(("127.0.0.1", int(target)))


def send(target: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(b"x", ("127.0.0.1", int(target)))


def start(target: str) -> None:
    subprocess.run(["touch", target], check=True)


def start_in_a_shell(target: str) -> None:
    os.system(f"touch {target}")


def replace_itself(target: str) -> None:
    os.execvp("touch", ["touch", target])


def spawn(target: str) -> None:
    os.posix_spawnp("touch", ["touch", target], os.environ)


def write(target: str) -> None:
    Path(target).write_text("x")


def append(target: str) -> None:
    with Path(target).open("ab"):
        pass


def create(target: str) -> None:
    os.close(os.open(target, os.O_CREAT | os.O_RDWR))


def write_temporary(_target: str) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"x")


def create_beside_an_open_folder(target: str) -> None:
    folder = os.open(Path(target).parent, os.O_RDONLY)
    os.close(os.open(Path(target).name, os.O_CREAT | os.O_WRONLY, dir_fd=folder))


def remove(target: str) -> None:
    Path(target).with_name("badge.pdf").unlink()


def rename(target: str) -> None:
    Path(target).with_name("badge.pdf").rename(target)


def empty(target: str) -> None:
    os.truncate(Path(target).with_name("badge.pdf"), 0)


def link_into_its_own(target: str) -> None:
    Path(tempfile.gettempdir(), "link").hardlink_to(Path(target).with_name("badge.pdf"))


def plant_a_link(target: str) -> None:
    Path(target).symlink_to("/etc/passwd")


def make_a_folder(target: str) -> None:
    Path(target).mkdir()


def open_to_all(target: str) -> None:
    Path(target).with_name("badge.pdf").chmod(0o777)


def make_a_database(target: str) -> None:
    sqlite3.connect(target)


def kill_the_worker(_target: str) -> None:
    os.kill(os.getppid(), 0)


def load_a_library(_target: str) -> None:
    import ctypes  # this import loads a library itself

    ctypes.CDLL(None)


ATTACKS: dict[Callable[[str], None], str] = {
    connect: "a renderer may not open a connection",
    connect_unresolved: "a renderer may not open a connection",
    send: "a renderer may not open a connection",
    start: "a renderer may not start a program",
    start_in_a_shell: "a renderer may not start a program",
    replace_itself: "a renderer may not start a program",
    spawn: "a renderer may not start a program",
    kill_the_worker: "a renderer may not signal processes or load libraries",
    load_a_library: "a renderer may not signal processes or load libraries",
} | dict.fromkeys(
    [
        *(write, append, create, create_beside_an_open_folder, remove, rename, empty),
        *(link_into_its_own, plant_a_link, make_a_folder, open_to_all, make_a_database),
    ],
    "a renderer may change temporary files only",
)


async def test_code_in_a_renderer_cannot_connect_start_a_program_or_write(
    port: Port, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    badge = tmp_path / "badge.pdf"
    badge.write_bytes(b"%PDF-")
    badge.chmod(0o600)
    # Otherwise the target would be in the temporary folder as well.
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    context = multiprocessing.get_context("fork")
    with ProcessPool(max_workers=1, initializer=confine, context=context) as pool:
        for attack, refused in ATTACKS.items():
            target = (
                port.number if attack in (connect, connect_unresolved, send) else tmp_path / "target"
            )
            with pytest.raises(PermissionError, match=refused):
                pool.schedule(attack, [str(target)], timeout=HANG_S).result()
            assert not os.path.lexists(tmp_path / "target")
            assert (badge.read_bytes(), badge.stat().st_mode & 0o777) == (b"%PDF-", 0o600)
        pool.schedule(write_temporary, [""], timeout=HANG_S).result()


async def test_a_confined_renderer_process_still_renders_badges(
    tmp_path: Path, canaries: Path, port: Port
) -> None:
    """The attacks go through a complete press, as in the worker."""
    folder = f"http://127.0.0.1:{port.number}"
    make_design(tmp_path, f'<link rel="attachment" href="{folder}/x"><img src="{canaries}/canary.png">')
    async with Press(Renderers(tmp_path), size=1, timeout_s=HANG_S) as press:
        with pytest.raises(RenderingError, match="may fetch its own files only"):
            await press.render(Attendee.from_args(badge_args(design="mine")))
        (renderer,) = press._renderers
        with pytest.raises(PermissionError, match="a renderer may not open a connection"):
            await asyncio.wrap_future(
                renderer.pool.schedule(socket.create_connection, [("127.0.0.1", port.number)])
            )
        badge = await press.render(Attendee.from_args(badge_args()))
    assert not shows_a_canary(badge.pdf)
