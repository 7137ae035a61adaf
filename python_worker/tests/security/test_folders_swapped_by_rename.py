"""Attack: a folder inside a design is swapped for a link to another folder, by renames in a loop."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from jinja2 import Environment, TemplateNotFound

from badge_forge import toml_settings
from badge_forge.designs.design import Design
from badge_forge.errors import DesignError
from badge_forge.files import read_regular
from badge_forge.rendering import fetching
from badge_forge.rendering.fetching import DesignFetcher, OwnFilesLoader
from badge_forge.rendering.weasyprint_internals import FatalURLFetchingError
from helpers import make_design

OWN, SECRET = b"own", b"secret"

TIMES = 300

SWAP = """
import os, sys
folder, link = sys.argv[1:]
aside = folder + ".aside"
print(flush=True)
while True:
    os.rename(folder, aside); os.rename(link, folder)
    os.rename(folder, link); os.rename(aside, folder)
"""


@pytest.fixture
def design(tmp_path: Path) -> Design:
    """A design with its own file in `a/b`, and a link beside `a` to a folder with a secret in `b`."""
    design = make_design(tmp_path, "<p>x")
    for folder, content in ((design.folder / "a" / "b", OWN), (tmp_path / "outside" / "b", SECRET)):
        folder.mkdir(parents=True)
        (folder / "file.txt").write_bytes(content)
    (tmp_path / "link").symlink_to(tmp_path / "outside")
    return design


@contextmanager
def swapped(folder: Path, link: Path) -> Iterator[None]:
    """Swap `folder` and `link` all the time while the block runs."""
    with subprocess.Popen(
        [sys.executable, "-c", SWAP, str(folder), str(link)], stdout=subprocess.PIPE
    ) as swapper:
        try:
            assert swapper.stdout
            assert swapper.stdout.readline()
            yield
        finally:
            swapper.kill()


Read = Callable[[], bytes | None]


def fetching_from(design: Design) -> Read:
    fetcher, url = DesignFetcher(design), (design.folder / "a/b/file.txt").as_uri()

    def read() -> bytes | None:
        with suppress(FatalURLFetchingError):
            content: bytes = fetcher.fetch(url).read()
            return content
        return None

    return read


def including_from(design: Design) -> Read:
    loader, environment = OwnFilesLoader([design.folder], set()), Environment(autoescape=True)

    def read() -> bytes | None:
        with suppress(TemplateNotFound):
            return loader.get_source(environment, "a/b/file.txt")[0].encode()
        return None

    return read


@pytest.mark.parametrize("reading_from", [fetching_from, including_from])
def test_a_parent_folder_swapped_in_a_loop_leads_to_no_file_outside(
    reading_from: Callable[[Design], Read], design: Design, tmp_path: Path
) -> None:
    read = reading_from(design)
    assert read() == OWN
    with swapped(design.folder / "a", tmp_path / "link"):
        found = {read() for _time in range(TIMES)}
    assert SECRET not in found


@pytest.mark.parametrize("reading_from", [fetching_from, including_from])
def test_a_parent_folder_swapped_after_the_check_leads_to_no_file_outside(
    reading_from: Callable[[Design], Read],
    design: Design,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def swap_and_read(*arguments: Path) -> bytes:
        (design.folder / "a").rename(tmp_path / "aside")
        (design.folder / "a").symlink_to(tmp_path / "outside")
        return read_regular(*arguments)

    monkeypatch.setattr(fetching, "read_regular", swap_and_read)
    assert reading_from(design)() is None
    assert (design.folder / "a").is_symlink()


def test_settings_replaced_by_a_link_after_the_check_are_not_read(
    design: Design, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path / "outside.toml"
    outside.write_text(f"{SECRET.decode()} =")
    settings = design.folder / "design.toml"

    def swap_and_read(*arguments: Path) -> bytes:
        settings.unlink()
        settings.symlink_to(outside)
        return read_regular(*arguments)

    monkeypatch.setattr(toml_settings, "read_regular", swap_and_read)
    with pytest.raises(DesignError, match=r"can't read .*design\.toml: it is a symbolic link"):
        Design.load(design.folder)


@pytest.mark.parametrize("path", ["a/../../outside/b/file.txt", "../outside/b/file.txt"])
def test_a_path_with_dots_is_not_opened(path: str, design: Design) -> None:
    with pytest.raises(OSError, match=r"must not contain \.\."):
        read_regular(design.folder / path, design.folder)


def test_a_file_that_grows_while_it_is_read_has_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "growing.pdf"
    path.write_bytes(b"%PDF-")
    fstat = os.fstat

    def fstat_and_grow(descriptor: int) -> object:
        status = fstat(descriptor)
        with path.open("ab") as file:
            file.write(b"more")
        return status

    monkeypatch.setattr(os, "fstat", fstat_and_grow)
    with pytest.raises(OSError, match="changed while it was read"):
        read_regular(path)


def test_a_file_that_would_fill_the_memory_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.pdf"
    with path.open("wb") as file:
        file.truncate(50_000_000_000)  # sparse
    with pytest.raises(OSError, match="it has more than 200 MiB"):
        read_regular(path)
