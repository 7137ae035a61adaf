"""`badge-forge preview` and `badge-forge design` need no database and report errors on one line."""

import os
import shutil
import socket
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from badge_forge.designs.design import SHIPPED
from helpers import call, command, eventually, on_a_terminal, run, running, text_of

NO_DATABASE = {"DATABASE_URL": "postgresql://me@127.0.0.1:9/none"}


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A custom design, created by `badge-forge design new`."""
    result = call("design", "new", "my-event", "--from", "card-86x54", DESIGNS_DIR=str(tmp_path))
    assert result.returncode == 0
    return tmp_path / "my-event"


def preview(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    output = str(folder / "badge.pdf")
    return call(
        "preview",
        "--design",
        "my-event",
        "-o",
        output,
        *arguments,
        DESIGNS_DIR=str(folder),
        **NO_DATABASE,
    )


def test_a_badge_is_previewed_without_a_database(tmp_path: Path) -> None:
    path = tmp_path / "ada.pdf"
    arguments = ("--name", "Ada Lovelace", "--type", "speaker", "--design", "a6", "--title", "Countess")
    result = run("preview", *arguments, "-o", str(path), **NO_DATABASE)
    assert (result.returncode, result.stdout) == (0, "")
    text = text_of(path.read_bytes())
    assert "Ada Lovelace" in text
    assert "Countess" in text
    assert "Speaker" in text


def test_a_preview_shows_the_badge_name(tmp_path: Path) -> None:
    output = tmp_path / "badge.pdf"
    arguments = ("--name", "Wang Xiaoming", "--badge-name", "Ming", "-o", str(output))
    assert call("preview", *arguments, **NO_DATABASE).returncode == 0
    text = text_of(output.read_bytes())
    assert text.index("Ming") < text.index("Wang Xiaoming")


def test_a_preview_can_be_a_greyscale_picture(tmp_path: Path) -> None:
    path = tmp_path / "ada.png"
    assert call("preview", "-o", str(path), "--dpi", "100", "--greyscale").returncode == 0
    with Image.open(path) as image:
        assert image.mode == "L"
        assert image.size == (400, 600)


def test_a_repeated_preview_has_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.pdf", "two.pdf"):
        call("preview", "-o", str(tmp_path / name))
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--name", " "), 2, "name: should not be blank, got ' '"),
        (("--qr", "url"), 2, "qr: needs the field url"),
        (("--design", "nix"), 1, "design: there is no design nix; there are a6, card-86x54, conf-4x6"),
        (("--email", "ada"), 2, "email: should be an e-mail address, got 'ada'"),
        (("-o", "x.gif"), 2, "the output must end with .pdf or .png, got: x.gif"),
        (
            ("--pdf-variant", "pdf/x-4"),
            2,
            "--pdf-variant is for a PDF, and the preview is a PNG: add -o",
        ),
        (("--pdf-variant", "pdf/x-4", "-o", "x.png"), 2, "--pdf-variant is for a PDF"),
        (("--greyscale", "-o", "x.pdf"), 2, "--greyscale is for a PNG, and x.pdf is a PDF"),
        (("--dpi", "300", "-o", "x.pdf"), 2, "--dpi is for a PNG, and x.pdf is a PDF"),
        (("--all", "--watch", "--name", "x"), 2, "--all renders every design and type: remove --name, "),
        (("-o", "/proc/x.pdf"), 1, "can't write /proc/x.pdf: "),
    ],
)
def test_an_error_is_reported_on_one_line(arguments: tuple[str, ...], code: int, message: str) -> None:
    result = call("preview", *arguments)
    assert result.returncode == code
    assert result.stderr.startswith("badge-forge: ")
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_new_design_is_a_copy_of_a_shipped_one(mine: Path) -> None:
    assert 'name = "my-event"' in (mine / "design.toml").read_text()
    assert (mine / "badge.css").read_text() == (SHIPPED / "card-86x54" / "badge.css").read_text()
    result = preview(mine.parent)
    assert result.returncode == 0
    document = pypdfium2.PdfDocument(mine.parent / "badge.pdf")
    assert document[0].get_mediabox()[2] == pytest.approx(85.6 / 25.4 * 72, abs=0.01)


@pytest.mark.parametrize(("name", "code"), [("a6", 1), ("my-event", 1), ("My Event", 2), ("../x", 2)])
def test_a_new_design_needs_a_valid_and_unused_name(name: str, code: int, mine: Path) -> None:
    result = call("design", "new", name, DESIGNS_DIR=str(mine.parent))
    assert result.returncode == code
    assert len(result.stderr.splitlines()) == 1


def test_a_template_error_names_file_and_line(mine: Path) -> None:
    template = mine / "badge.html.jinja"
    template.write_text(template.read_text().replace("fit(attendee.company,", "fit(attendee.compayn,"))
    result = preview(mine.parent)
    assert result.returncode == 1
    assert "my-event/badge.html.jinja:" in result.stderr
    assert "has no attribute 'compayn'" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_picture_from_the_network_is_refused_without_a_connection(mine: Path) -> None:
    touched = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def listen() -> None:
            with suppress(OSError):  # the end of the test
                server.accept()
                touched.set()

        threading.Thread(target=listen, daemon=True).start()
        template = mine / "badge.html.jinja"
        url = f"http://127.0.0.1:{port}/logo.png"
        template.write_text(template.read_text().replace("<main>", f'<main><img src="{url}">'))
        result = preview(mine.parent)
        assert result.returncode == 1
        assert result.stderr == (
            f"badge-forge: the design my-event may fetch its own files only, not {url}\n"
        )
        css = mine / "badge.css"
        shutil.copy(SHIPPED / "card-86x54" / "badge.html.jinja", template)
        css.write_text(f"@import url(http://127.0.0.1:{port}/x.css); body {{ background: url({url}) }}")
        assert "may fetch its own files only, not http://127.0.0.1" in preview(mine.parent).stderr
        assert not touched.is_set()
        server.shutdown(socket.SHUT_RDWR)


def test_a_missing_font_is_named(mine: Path) -> None:
    settings = mine / "design.toml"
    settings.write_text(
        settings.read_text().replace('families = ["Badge"]', 'families = ["Nix Grotesk"]')
    )
    result = preview(mine.parent)
    assert result.returncode == 1
    assert "the design my-event needs the font Nix Grotesk, which is not installed: " in result.stderr


def test_a_watched_design_is_rendered_again_when_it_changes(mine: Path) -> None:
    output, log = mine.parent / "badge.pdf", mine.parent / "log"
    arguments = ("preview", "--design", "my-event", "-o", str(output), "--watch")
    with running(*arguments, log=log, DESIGNS_DIR=str(mine.parent)):
        eventually(lambda: "Watching" in log.read_text())

        def shows_the_change() -> bool:
            (mine / "badge.html.jinja").write_text("<p>changed</p>")
            return "changed" in text_of(output.read_bytes())

        eventually(shows_the_change)
        (mine / "badge.html.jinja").write_text("{{ nonsense }}")
        eventually(lambda: "badge.html.jinja:1: 'nonsense' is undefined" in log.read_text())


def test_a_preview_reports_what_a_check_of_the_design_would(mine: Path) -> None:
    (mine / "badge.html.jinja").write_text(
        '<div style="height: 1mm">{{ fit(attendee.name, 60, 20, 60, what="the name") }}</div>'
    )
    (mine / "badge.css").write_text("p { colour: red }")
    result = preview(mine.parent, "--name", "प्रिया")
    assert result.returncode == 0
    assert "error: the name (badge.html.jinja:1) overflows its box" in result.stderr
    assert "error: badge.css or badge.html.jinja: " in result.stderr
    assert "note: uses the fallback font Noto Sans Devanagari" in result.stderr


def test_a_design_to_copy_that_does_not_exist_is_reported_with_those_that_do(tmp_path: Path) -> None:
    result = call("design", "new", "x", "--from", "nope", DESIGNS_DIR=str(tmp_path))
    assert result.returncode == 1
    assert result.stderr == (
        "badge-forge: there is no design nope to copy: choose one of a6, card-86x54, conf-4x6, fold-a5\n"
    )


def test_a_preview_on_a_machine_without_a_viewer_says_so_on_one_line(tmp_path: Path) -> None:
    path = str(tmp_path / "ada.pdf")
    result = run("preview", "-o", path, "--open", DISPLAY="", WAYLAND_DISPLAY="")
    assert result.returncode == 0
    assert result.stderr.splitlines()[1:] == [
        f"there is no desktop to open {path} on: copy the file to a machine that has one"
    ]


def test_a_viewer_that_fails_is_reported_on_one_line(tmp_path: Path) -> None:
    viewer = tmp_path / "xdg-open"
    viewer.write_text("#!/bin/sh\nfor line in 1 2 3 4 5 6 7; do echo $line >&2; done; exit 3\n")
    viewer.chmod(0o755)
    path = str(tmp_path / "ada.pdf")
    environment = {"DISPLAY": ":9", "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    result = run("preview", "-o", path, "--open", **environment)
    assert result.stderr.splitlines()[1:] == [f"no viewer opened {path}: open it by hand"]


def test_a_terminal_without_graphics_shows_half_blocks(tmp_path: Path) -> None:
    arguments = command("preview", "-o", str(tmp_path / "ada.png"))
    code, shown = on_a_terminal(arguments, {"TERM": "xterm", "COLUMNS": "80", "LINES": "24"})
    assert code == 0
    assert shown.count("▄") + shown.count("▀") > 100
