"""Attack: a design that takes all memory, or never ends, by a small file."""

import shutil
import struct
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio
from fontTools.ttLib import TTFont

from badge_forge.attendee import Attendee
from badge_forge.errors import RenderingError
from badge_forge.press.press import Press
from badge_forge.rendering.fetching import FONTS
from badge_forge.rendering.renderers import Renderers
from helpers import HANG_S, badge_args, make_design

MEMORY_MIB = 600

TIMEOUT_S = 2
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '


def png_of_a_terabyte() -> bytes:
    """Return a PNG of 1,000,000 by 1,000,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    size = 1_000_000
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)),
            chunk(b"IDAT", zlib.compress(bytes(10_000_000))),
            chunk(b"IEND", b""),
        ]
    )


def nested_uses() -> str:
    """Return an SVG with 10 ** 9 squares."""
    levels = "".join(
        f'<g id="g{level}">{f"<use href='#g{level - 1}'/>" * 10}</g>' for level in range(1, 10)
    )
    square = '<rect id="g0" width="1" height="1"/>'
    return f'{SVG}viewBox="0 0 9 9"><defs>{square}{levels}</defs><use href="#g9"/></svg>'


def huge_filter() -> str:
    return (
        f'{SVG}width="1000000000" height="1000000000"><filter id="f"><feOffset dx="1"/></filter>'
        '<pattern id="p" width="0.000001" height="0.000001"><rect width="1" height="1"/></pattern>'
        '<rect width="1000000000" height="1000000000" fill="url(#p)" filter="url(#f)"/></svg>'
    )


def font_bomb(path: Path) -> None:
    """Write a WOFF font, of which one table says that it is 4 GB large."""
    font = TTFont(next(FONTS.rglob("*.otf"), None) or next(FONTS.rglob("*.ttf")))
    font.flavor = "woff"
    font.save(path)
    content = bytearray(path.read_bytes())
    struct.pack_into(">I", content, 44 + 12, 0xFFFFFFF0)  # origLength of the first table
    path.write_bytes(content)


def put_png(folder: Path) -> None:
    (folder / "own.png").write_bytes(png_of_a_terabyte())


def put_uses(folder: Path) -> None:
    (folder / "own.svg").write_text(nested_uses())


def put_filter(folder: Path) -> None:
    (folder / "own.svg").write_text(huge_filter())


def put_font(folder: Path) -> None:
    font_bomb(folder / "own.woff")


def put_nothing(folder: Path) -> None:
    assert folder.is_dir()


Bomb = tuple[str, str, Callable[[Path], None]]

IMAGE = '<img style="width: 40mm" src="own.{}">'

BOMBS: dict[str, Bomb] = {
    "png": (IMAGE.format("png"), "", put_png),
    "svg-uses": (IMAGE.format("svg"), "", put_uses),
    "svg-filter": (IMAGE.format("svg"), "", put_filter),
    "font": (
        '<p style="font-family: Bomb">x',
        '@font-face { font-family: Bomb; src: url("own.woff") }',
        put_font,
    ),
    "css-import": ("<p>x", '@import "badge.css";', put_nothing),
    "css-variables": (
        "<p>x",
        ":root { --v0: xxxxxxxxxx; "
        + " ".join(f"--v{n}: {f'var(--v{n - 1}) ' * 10};" for n in range(1, 12))
        + "} p::before { content: var(--v11) }",
        put_nothing,
    ),
    "css-nesting": ("<p>x", "a {" * 100_000, put_nothing),
    "css-page": (
        '<p style="height: 1e30mm; break-after: page">x',
        "p { columns: 1000000000 }",
        put_nothing,
    ),
    "jinja-range": ("{% for _ in range(10 ** 12) %}x{% endfor %}", "", put_nothing),
    "jinja-power": ("{{ 9 ** 9 ** 9 }}", "", put_nothing),
    "jinja-repeat": ("{{ 'x' * 10 ** 11 }}", "", put_nothing),
    "jinja-format": ("{{ '%1000000000000d' % 1 }}", "", put_nothing),
    "jinja-include": ("{% include 'badge.html.jinja' %}", "", put_nothing),
    "jinja-macro": ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "", put_nothing),
    "markup-depth": ("<div>" * 100_000, "", put_nothing),
    "table-span": (
        '<table><tr><td colspan="1000000000" rowspan="1000000000">x</table>',
        "",
        put_nothing,
    ),
}


@pytest.fixture(scope="module")
def designs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("designs")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def press(designs: Path) -> AsyncIterator[Press]:
    async with Press(Renderers(designs), size=1, timeout_s=HANG_S, memory_mib=MEMORY_MIB) as press:
        yield press


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("bomb", BOMBS)
async def test_a_bomb_in_a_design_costs_one_attempt_in_bounded_time_and_memory(
    bomb: str, designs: Path, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The badge may also be rendered without it. The press is ready for the next badge in any case."""
    body, css, put = BOMBS[bomb]
    shutil.rmtree(designs / "mine", ignore_errors=True)
    design = make_design(designs, body, css)
    put(design.folder)
    with monkeypatch.context() as patched:
        patched.setattr(press, "_timeout_s", TIMEOUT_S)
        with suppress(RenderingError):
            badge = await press.render(Attendee.from_args(badge_args(design="mine")))
            assert len(badge.pdf) < 5_000_000
    good = await press.render(Attendee.from_args(badge_args()))
    assert good.pdf.startswith(b"%PDF-")
