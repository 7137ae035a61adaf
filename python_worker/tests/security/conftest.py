"""Targets that a design must not reach: a listening port, and marked files outside the design."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from PIL import Image

from badge_forge.rendering.fetching import FONTS
from canaries import MAGENTA, MARK, Port


@pytest.fixture(scope="session")
def listener() -> Iterator[Port]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = Port(server.getsockname()[1])

        def listen() -> None:
            while True:
                try:
                    connection, address = server.accept()
                except OSError:  # the fixture has shut the server down
                    return
                port.connections.append(address)
                connection.close()

        threading.Thread(target=listen, daemon=True).start()
        yield port
        server.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def port(listener: Port) -> Iterator[Port]:
    listener.connections.clear()
    yield listener
    assert listener.connections == [], "something connected"


@pytest.fixture(scope="session")
def canaries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder outside any design, with one marked file of each kind."""
    folder = tmp_path_factory.mktemp("outside")
    (folder / "canary.txt").write_text(MARK)
    (folder / "canary.html.jinja").write_text(f"<p>{MARK}</p>{{% macro told() %}}{MARK}{{% endmacro %}}")
    (folder / "canary.css").write_text(f'p::before {{ content: "{MARK}" }}')
    (folder / "canary.dtd").write_text(f'<!ENTITY told "{MARK}">')
    square = '<rect id="square" width="9" height="9" fill="#f0f"/>'
    (folder / "canary.svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{square}<text>{MARK}</text></svg>'
    )
    for name in ("canary.png", "canary.jpg"):
        Image.new("RGB", (8, 8), MAGENTA).save(folder / name)
    with TTFont(FONTS / "SourceSansPro-Regular.ttf") as font:
        for record in font["name"].names:
            if record.nameID in (1, 4, 6):
                record.string = MARK
        font.save(folder / "canary.ttf")
    return folder
