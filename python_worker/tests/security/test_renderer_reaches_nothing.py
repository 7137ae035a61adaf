"""Attack: a design or an attendee refers to the network, or to a file outside the design."""

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from PIL import Image, ImageCms

from badge_forge.attendee import Attendee
from badge_forge.errors import DesignError
from badge_forge.rendering.renderer import Renderer
from badge_forge.rendering.renderers import Renderers
from canaries import MARK, Port, shows_a_canary
from helpers import badge_args, make_design, text_of

SVG = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9"'

WAYS = {
    "img": '<img src="{svg}">',
    "img-png": '<img src="{png}">',
    "srcset": '<img src="" srcset="{png} 1x, {png} 2x"><picture><source srcset="{png}"><img></picture>',
    "link-stylesheet": '<link rel="stylesheet" href="{css}"><p>x',
    "link-attachment": '<link rel="attachment" href="{txt}">',
    "a-attachment": '<a rel="attachment" href="{txt}">x</a>',
    "link-icon": '<link rel="icon" href="{png}"><link rel="preload" href="{png}">',
    "import": '<style>@import "{css}";</style><p>x',
    "font-face": '<style>@font-face {{ font-family: C; src: url("{ttf}") }} '
    "p {{ font-family: C }}</style><p>x",
    "background": "<p style=\"background-image: url('{png}')\">x",
    "background-set": "<p style=\"background: image-set('{png}' 1x), url('{png}')\">x",
    "border-image": "<p style=\"border: 9px solid; border-image: url('{png}') 1\">x",
    "content": "<style>p::before {{ content: url('{png}') }}</style><p>x",
    "content-attr": '<style>p {{ content: attr(data-x url) }}</style><p data-x="{png}">x',
    "list-style": "<ul style=\"list-style-image: url('{png}')\"><li>x</ul>",
    "cursor": "<p style=\"cursor: url('{png}'), auto\">x",
    "mask": "<p style=\"mask-image: url('{png}'); clip-path: url('{svg}#square')\">x",
    "color-profile": '<style>@color-profile --c {{ src: url("{txt}") }}</style>'
    '<p style="color: color(--c 1 0 1)">x',
    "svg-image": '<svg {ns}><image width="9" height="9" href="{png}"/></svg>',
    "svg-image-xlink": '<svg {ns}><image width="9" height="9" xlink:href="{svg}"/></svg>',
    "svg-use": '<svg {ns}><use href="{svg}#square"/></svg>',
    "svg-import": '<svg {ns}><style>@import "{css}";</style><text y="5">x</text></svg>',
    "svg-font": '<svg {ns}><style>@font-face {{ font-family: C; src: url("{ttf}") }} '
    'text {{ font-family: C }}</style><text y="5">x</text></svg>',
    "svg-filter": '<svg {ns}><filter id="f"><feImage href="{png}"/></filter>'
    '<rect width="9" height="9" filter="url(#f)"/></svg>',
    "svg-paint": '<svg {ns}><rect width="9" height="9" fill="url({svg}#square)" '
    'mask="url({svg}#square)"/></svg>',
    "svg-gradient": '<svg {ns}><linearGradient id="g" href="{svg}#g"/>'
    '<rect width="9" height="9" fill="url(#g)"/></svg>',
    "svg-script": '<svg {ns}><script href="{svg}"/>'
    '<foreignObject><iframe src="{svg}"/></foreignObject></svg>',
    "object": '<object data="{svg}" type="image/svg+xml"></object>',
    "embed": '<embed src="{svg}" type="image/svg+xml">',
    "iframe": '<iframe src="{svg}"></iframe><frame src="{svg}">',
    "base": '<base href="{folder}"><img src="canary.png"><link rel="stylesheet" href="canary.css">',
    "meta": '<meta http-equiv="refresh" content="0;url={svg}"><meta name="author" content="{svg}"><p>x',
    "script": '<script src="{svg}"></script>'
    '<video src="{png}" poster="{png}"></video><audio src="{png}">',
    "xmp": '<link rel="schema.x" href="{txt}"><html profile="{txt}"><p>x',
}

TARGETS: dict[str, Callable[[Path, int], str]] = {
    "http": lambda _outside, port: f"http://127.0.0.1:{port}",
    "file": lambda outside, _port: outside.as_uri(),
    "dotdot": lambda outside, _port: f"../{outside.name}",
}

BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))

SVG_FILES = {
    "external-entity": '<!DOCTYPE svg [<!ENTITY told SYSTEM "{folder}/canary.txt">]>'
    '<svg {ns}><text y="5">&told;</text></svg>',
    "external-dtd": '<!DOCTYPE svg SYSTEM "{folder}/canary.dtd">'
    '<svg {ns}><text y="5">&told;</text></svg>',
    "external-dtd-http": '<!DOCTYPE svg SYSTEM "{http}/canary.dtd"><svg {ns}/>',
    "parameter-entity": '<!DOCTYPE svg [<!ENTITY % all SYSTEM "{folder}/canary.dtd"> %all;]>'
    '<svg {ns}><text y="5">&told;</text></svg>',
    "parameter-entity-http": '<!DOCTYPE svg [<!ENTITY % all SYSTEM "{http}/x.dtd"> %all;]><svg {ns}/>',
    "billion-laughs": '<!DOCTYPE svg [<!ENTITY e0 "' + MARK + '">' + BOMB + "]>"
    "<svg {ns}><text>&e9;</text></svg>",
    "xinclude": '<svg {ns} xmlns:xi="http://www.w3.org/2001/XInclude">'
    '<xi:include href="{folder}/canary.svg"/></svg>',
    "xml-stylesheet": '<?xml-stylesheet href="{folder}/canary.css"?>'
    '<svg {ns}><text y="5">x</text></svg>',
    "xml-base": '<svg {ns} xml:base="{folder}/"><image width="9" height="9" href="canary.png"/></svg>',
    "image": '<svg {ns}><image width="9" height="9" href="{folder}/canary.png"/></svg>',
    "image-http": '<svg {ns}><image width="9" height="9" href="{http}/canary.png"/></svg>',
    "use": '<svg {ns}><use href="{folder}/canary.svg#square"/></svg>',
    "import": '<svg {ns}><style>@import "{folder}/canary.css";</style><text y="5">x</text></svg>',
    "import-http": '<svg {ns}><style>@import "{http}/x.css";</style><text y="5">x</text></svg>',
}

PATHS: dict[str, Callable[[Path], str]] = {
    "host": lambda outside: f"file://127.0.0.1{outside}/canary.png",
    "localhost": lambda outside: f"file://localhost{outside}/canary.png",
    "upper-case": lambda outside: f"FILE://{outside}/canary.png",
    "one-slash": lambda outside: f"file:{outside}/canary.png",
    "absolute": lambda outside: f"{outside}/canary.png",
    "dots": lambda outside: f"../{outside.name}/canary.png",
    "encoded-dots": lambda outside: f"%2e%2e/{outside.name}/canary.png",
    "encoded-slash": lambda outside: f"..%2f{outside.name}%2fcanary.png",
    "twice-encoded": lambda outside: f"%252e%252e%252f{outside.name}%252fcanary.png",
    "backslash": lambda outside: f"..\\{outside.name}\\canary.png",
    "nul": lambda outside: f"../{outside.name}/canary.png%00.png",
    "query": lambda outside: f"own.png?/../../{outside.name}/canary.png",
    "fragment": lambda outside: f"own.png#/../../{outside.name}/canary.png",
    "font": lambda outside: f"font:../../../../../../../../../../../../{outside}/canary.png",
    "font-absolute": lambda outside: f"font:{outside}/canary.png",
    "link": lambda outside: "linked.png",
    "folder-link": lambda outside: "linked/canary.png",
}


def attendee(**changes: object) -> Attendee:
    return Attendee.from_args(badge_args(**changes))


def outcome(renderer: Renderer) -> bytes | None:
    """Return the PDF, or None if the design is refused, which is also a success."""
    try:
        return renderer.render(attendee()).pdf
    except DesignError:
        return None


def urls_in(folder: str) -> dict[str, str]:
    kinds = ("svg", "png", "css", "txt", "ttf")
    return {"ns": SVG, "folder": f"{folder}/"} | {kind: f"{folder}/canary.{kind}" for kind in kinds}


@pytest.fixture
def outside(canaries: Path, tmp_path: Path) -> Path:
    """The canaries, beside the design's folder."""
    folder = tmp_path / "outside"
    folder.symlink_to(canaries)
    return folder


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("way", WAYS)
def test_markup_reaches_no_network_and_no_other_file(
    way: str, target: str, tmp_path: Path, outside: Path, port: Port
) -> None:
    folder = TARGETS[target](outside, port.number)
    design = make_design(tmp_path, WAYS[way].format(**urls_in(folder)))
    pdf = outcome(Renderer(design, reuse_layouts=False))
    assert pdf is None or not shows_a_canary(pdf)


@pytest.mark.parametrize("inlined", [False, True], ids=["file", "data-url"])
@pytest.mark.parametrize("name", SVG_FILES)
def test_an_svg_reaches_no_network_and_no_other_file(
    name: str, inlined: bool, tmp_path: Path, outside: Path, port: Port
) -> None:
    svg = (
        SVG_FILES[name]
        .replace("{ns}", SVG)
        .replace("{folder}", outside.as_uri())
        .replace("{http}", f"http://127.0.0.1:{port.number}")
    )
    source = f"data:image/svg+xml,{quote(svg)}" if inlined else "own.svg"
    design = make_design(tmp_path, f'<img style="width: 40mm" src="{source}">')
    (design.folder / "own.svg").write_text(svg)
    pdf = outcome(Renderer(design, reuse_layouts=False))
    assert pdf is None or not shows_a_canary(pdf)


@pytest.mark.parametrize("way", PATHS)
def test_no_path_leads_out_of_the_design(way: str, tmp_path: Path, outside: Path, port: Port) -> None:
    design = make_design(tmp_path, f'<img style="width: 40mm" src="{PATHS[way](outside)}">')
    Image.new("RGB", (8, 8), "green").save(design.folder / "own.png")
    # Code that does not end a path at # or ? would find these folders.
    (design.folder / "own.png#").mkdir()
    (design.folder / "own.png?").mkdir()
    (design.folder / "linked.png").symlink_to(outside / "canary.png")
    (design.folder / "linked").symlink_to(outside)
    pdf = outcome(Renderer(design, reuse_layouts=False))
    assert pdf is None or not shows_a_canary(pdf)


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_a_picture_replaced_by_a_link_after_the_check_is_not_followed(
    suffix: str, tmp_path: Path, outside: Path
) -> None:
    design = make_design(tmp_path, f'<img style="width: 40mm" src="own.{suffix}">')
    own = design.folder / f"own.{suffix}"
    Image.new("RGB", (8, 8), "green").save(own)
    renderer, ada = Renderer(design, reuse_layouts=False), attendee()
    laid_out = renderer.lay_out(ada)
    own.unlink()
    own.symlink_to(outside / f"canary.{suffix}")
    assert not shows_a_canary(renderer.write(laid_out, ada).pdf)


@pytest.mark.parametrize("name", ["badge.css", "design.toml", "badge.html.jinja"])
def test_a_design_whose_files_are_links_to_other_files_is_refused(name: str, tmp_path: Path) -> None:
    design = make_design(tmp_path, "<p>x")
    outside = tmp_path / name
    (design.folder / name).rename(outside)
    (design.folder / name).symlink_to(outside)
    with pytest.raises(DesignError, match=r"links to a file outside the design"):
        Renderers(tmp_path).render(attendee(design="mine"))


def test_a_stylesheet_replaced_by_a_link_after_the_check_is_refused(
    tmp_path: Path, outside: Path
) -> None:
    design = make_design(tmp_path, "<p>x")
    (design.folder / "badge.css").unlink()
    (design.folder / "badge.css").symlink_to(outside / "canary.css")
    with pytest.raises(DesignError, match="may fetch its own files only"):
        Renderer(design).render(attendee())


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["fifo", "folder"])
def test_a_picture_that_is_not_a_file_does_not_hang(
    make: Callable[[Path], None], tmp_path: Path
) -> None:
    design = make_design(tmp_path, '<img src="own.png">')
    make(design.folder / "own.png")
    with pytest.raises(DesignError, match=r"can't read own\.png: it is a (FIFO|folder), not a file"):
        Renderer(design).render(attendee())


def test_an_eps_picture_runs_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    design = make_design(tmp_path, '<img style="width: 40mm" src="own.png">')
    (design.folder / "own.png").write_text(
        "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n%%EOF\n"
    )
    ran, programs = tmp_path / "ran", tmp_path / "bin"
    programs.mkdir()
    (programs / "gs").write_text(f"#!/bin/sh\ntouch {ran}\n")
    (programs / "gs").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    with pytest.raises(
        DesignError, match=r"own\.png: it can't be decoded: Unable to locate Ghostscript"
    ):
        Renderer(design).render(attendee())
    assert not ran.exists()


@pytest.mark.parametrize(
    "body",
    [
        "{% include '../outside/canary.html.jinja' %}",
        "{% include '/etc/passwd' %}",
        "{% extends '../outside/canary.html.jinja' %}",
        "{% import '../outside/canary.html.jinja' as c %}{{ c.told() }}",
        "{% from 'linked/canary.html.jinja' import told %}{{ told() }}",
        "{% include 'linked/canary.html.jinja' ignore missing %}",
        "{{ drawing('../outside/canary.svg', 'x') }}",
        "{{ drawing('linked/canary.svg', 'x') }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ attendee.__class__.__init__.__globals__ }}",
        "{{ fit.__globals__ }}{{ fit.__self__._design.folder }}",
        "{{ cycler.__init__.__globals__.os.environ }}",
        "{{ self.__init__.__globals__ }}",
        "{{ ''['__class__'] }}",
        "{{ '' | attr('__class__') }}",
        "{{ '{0.__class__}'.format(1) }}",
        "{{ ('{0.__class__}' | format)(1) }}",
        "{{ ['x'] | map(attribute='__class__') | list }}",
        "{{ qr_code.__globals__ }}{{ joiner.__init__.__globals__ }}",
        "{{ fits.append(1) }}{{ images.clear() }}",
    ],
)
def test_a_template_cannot_leave_its_sandbox(body: str, tmp_path: Path, outside: Path) -> None:
    design = make_design(tmp_path, body + "<p>x")
    (design.folder / "linked").symlink_to(outside)
    pdf = outcome(Renderer(design, reuse_layouts=False))
    assert pdf is None or not shows_a_canary(pdf)
    assert pdf is None or "class" not in text_of(pdf)


MARKUP = '<img src="{0}/canary.png"><link rel=attachment href="{0}/canary.txt">{{{{ 7*7 }}}}</p>'


@pytest.mark.parametrize("field", ["name", "badge_name", "company", "title", "pronouns", "event"])
def test_markup_in_the_fields_of_an_attendee_reaches_nothing(
    field: str, tmp_path: Path, outside: Path, port: Port
) -> None:
    for folder in (f"http://127.0.0.1:{port.number}", "file:///o"):
        short = field in ("badge_name", "pronouns")
        shown = MARKUP.format(folder)[:40] if short else MARKUP.format(folder)
        badge = Renderers(tmp_path).render(
            attendee(**{field: shown[:60] if field == "event" else shown})
        )
        assert not shows_a_canary(badge.pdf)


def test_the_url_and_email_of_an_attendee_are_not_fetched(tmp_path: Path, port: Port) -> None:
    url = f"http://127.0.0.1:{port.number}/x"
    assert Renderers(tmp_path).render(attendee(url=url, email="a@127.0.0.1", qr="url")).pdf
    assert Renderers(tmp_path).render(attendee(url=url, email="a@127.0.0.1", qr="vcard")).pdf


def test_the_icc_profile_and_xmp_of_a_picture_reach_nothing(
    tmp_path: Path, outside: Path, port: Port
) -> None:
    design = make_design(tmp_path, '<img style="width: 40mm" src="own.jpg">')
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    xmp = f'<!DOCTYPE x [<!ENTITY told SYSTEM "http://127.0.0.1:{port.number}/">]><x>&told;</x>'
    Image.new("RGB", (8, 8), "green").save(
        design.folder / "own.jpg", icc_profile=profile[:-9], xmp=xmp.encode()
    )
    pdf = outcome(Renderer(design, reuse_layouts=False))
    assert pdf is None or not shows_a_canary(pdf)


def test_a_design_with_only_its_own_files_is_rendered(tmp_path: Path) -> None:
    """So the attacks above fail because of their targets, not because of their markup."""
    body = (
        '<link rel="stylesheet" href="own.css"><img src="own.svg"><img src="own.png">'
        '<link rel="attachment" href="own.txt"><p>x'
    )
    design = make_design(tmp_path, body)
    (design.folder / "own.css").write_text("img { width: 9mm; display: inline }")
    (design.folder / "own.txt").write_text(MARK)
    (design.folder / "own.svg").write_text(f"<svg {SVG}><path/></svg>")
    Image.new("RGB", (8, 8), "green").save(design.folder / "own.png")
    pdf = outcome(Renderer(design, reuse_layouts=False))
    assert pdf is not None
    assert shows_a_canary(pdf)
