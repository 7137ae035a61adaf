"""Pictures are drawn whatever program wrote them, or refused with the file and the reason."""

import base64
import io
import zlib
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from badge_forge.attendee import Attendee
from badge_forge.designs.design import Design, PdfVariant
from badge_forge.errors import DesignError
from badge_forge.rendering.renderer import Renderer
from helpers import badge_args, make_design

VARIANTS: list[PdfVariant] = ["", "pdf/x-4"]

CSS = "body { margin: 0; color: var(--ink); line-height: 0 } img, svg { width: 40mm; height: 40mm }"
PX_PER_MM = 4

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'viewBox="0 0 40 40">'
)
SQUARE = '<path fill="#c8261c" d="M10 10h20v20H10z"/>'
STOPS = '<stop offset="0" stop-color="#e01b24"/><stop offset="1" stop-color="#1a5fb4"/>'


def attendee(**changes: object) -> Attendee:
    return Attendee.from_args(badge_args(design="mine", **changes))


def with_picture(parent: Path, name: str, content: bytes | str, body: str = "") -> Design:
    design = make_design(parent, body or f'<img src="{name}">', CSS)
    data = content.encode() if isinstance(content, str) else content
    (design.folder / name).write_bytes(data)
    return design


def drawn(pdf: bytes) -> Image.Image:
    """Return the picture at the top left of a badge."""
    page = pypdfium2.PdfDocument(pdf)[0].render(scale=PX_PER_MM * 25.4 / 72).to_pil().convert("RGB")
    cropped: Image.Image = page.crop((0, 0, 40 * PX_PER_MM, 40 * PX_PER_MM))
    return cropped


def differ(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference of two pictures, of 255."""
    difference = ImageChops.difference(one.convert("RGB"), other.convert("RGB").resize(one.size))
    return max(ImageStat.Stat(difference).mean)


def images_of(pdf: bytes) -> list[pikepdf.Object]:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return [
            pikepdf.Dictionary(dict(each.items()))
            for each in opened.objects
            if isinstance(each, pikepdf.Stream) and each.get("/Subtype") == "/Image"
        ]


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def sample() -> Image.Image:
    """A photograph in soft colors, which a press can print."""
    gray = Image.linear_gradient("L").point(lambda value: 60 + value // 2)
    return Image.merge("RGB", (gray, gray.rotate(90), gray.rotate(180)))


def gray16() -> Image.Image:
    image = Image.new("I;16", (256, 256))
    image.putdata([x * 257 for _y in range(256) for x in range(256)])
    return image


def bilevel() -> Image.Image:
    return Image.linear_gradient("L").point(lambda value: 255 * (value > 99), "1")


def with_alpha(image: Image.Image) -> Image.Image:
    image.putalpha(Image.linear_gradient("L").rotate(90))
    return image


PICTURES: dict[str, Callable[[], tuple[bytes, Image.Image]]] = {
    "16-bit-png": lambda: (saved(gray16(), "PNG"), Image.linear_gradient("L").rotate(90)),
    "16-bit-tiff": lambda: (saved(gray16(), "TIFF"), Image.linear_gradient("L").rotate(90)),
    "tiff": lambda: (saved(sample(), "TIFF", compression="tiff_lzw"), sample()),
    "cmyk-tiff": lambda: (saved(sample().convert("CMYK"), "TIFF"), sample()),
    "jpeg": lambda: (saved(sample(), "JPEG", quality=95), sample()),
    "cmyk-jpeg": lambda: (saved(sample().convert("CMYK"), "JPEG", quality=95), sample()),
    "gray-jpeg": lambda: (saved(sample().convert("L"), "JPEG"), sample().convert("L")),
    "png": lambda: (saved(sample(), "PNG"), sample()),
    "palette-png": lambda: (saved(sample().quantize(200), "PNG"), sample()),
    "bilevel-png": lambda: (saved(bilevel(), "PNG"), bilevel()),
    "webp": lambda: (saved(sample(), "WEBP", quality=95), sample()),
    "gif": lambda: (saved(sample().quantize(200), "GIF"), sample()),
    "bmp": lambda: (saved(sample(), "BMP"), sample()),
    "jpeg-2000": lambda: (saved(sample(), "JPEG2000"), sample()),
    "rotated-jpeg": lambda: (
        saved(sample(), "JPEG", quality=95, exif=_orientation(6)),
        sample().rotate(-90),
    ),
    "transparent-png": lambda: (saved(with_alpha(sample()), "PNG"), _on_white(with_alpha(sample()))),
    "transparent-gray-png": lambda: (
        saved(with_alpha(sample().convert("L")), "PNG"),
        _on_white(with_alpha(sample().convert("L"))),
    ),
}


def _orientation(number: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = number
    return exif


def _on_white(image: Image.Image) -> Image.Image:
    paper = Image.new("RGBA", image.size, "white")
    paper.alpha_composite(image.convert("RGBA"))
    return paper


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("kind", PICTURES)
def test_a_picture_of_any_kind_is_drawn(kind: str, variant: PdfVariant, tmp_path: Path) -> None:
    content, expected = PICTURES[kind]()
    design = with_picture(tmp_path, "picture.bin", content)
    pdf = Renderer(design, variant).render(attendee()).pdf
    assert differ(drawn(pdf), expected) < (30 if variant or "cmyk" in kind else 8)
    if variant:
        assert not any("RGB" in str(image.ColorSpace) for image in images_of(pdf))


def truncated(kind: str, **options: object) -> bytes:
    content = saved(sample(), kind, **options)
    return content[: len(content) * 2 // 3]


def png_of_size(width: int, height: int) -> bytes:
    """A PNG with the right header and hardly any data."""
    content = saved(Image.new("L", (1, 1)), "PNG")
    header = b"IHDR" + width.to_bytes(4) + height.to_bytes(4) + bytes((8, 2, 0, 0, 0))
    return content[:12] + header + zlib.crc32(header).to_bytes(4) + content[33:]


BROKEN: dict[str, tuple[Callable[[], bytes], str]] = {
    "truncated-jpeg": (lambda: truncated("JPEG"), r"can't be decoded: .*truncated"),
    "truncated-png": (lambda: truncated("PNG"), r"can't be decoded: .*truncated"),
    "truncated-tiff": (lambda: truncated("TIFF"), r"can't be decoded: .*truncated"),
    "truncated-webp": (lambda: truncated("WEBP"), r"can't be decoded: \w+"),
    "truncated-pdf": (lambda: b"%PDF-1.7\n1 0 obj\n", "is not a complete PDF: "),
    "truncated-svg": (lambda: SVG.encode() + b"<path", "is not well-formed XML: "),
    "empty": (lambda: b"", "is not a picture, or of an unknown kind; use PNG, "),
    "text": (lambda: b"Dear diary", "is not a picture, or of an unknown kind; use PNG, "),
    "bomb": (
        lambda: png_of_size(16_000, 12_000),
        "has 16000 x 12000 pixels, but at most 100 megapixels",
    ),
    "larger-bomb": (
        lambda: png_of_size(2**30, 2**30),
        "has 1073741824 x 1073741824 pixels, but at most",
    ),
    "32-bit": (lambda: saved(sample().convert("F"), "TIFF"), "has 32 bits per pixel; save it with"),
}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("kind", BROKEN)
def test_a_picture_that_cannot_be_drawn_is_named_with_the_reason(
    kind: str, variant: PdfVariant, tmp_path: Path
) -> None:
    make, reason = BROKEN[kind]
    design = with_picture(tmp_path, "logo.png", make())
    with pytest.raises(DesignError, match=rf"^{design.folder}/logo\.png: it {reason}") as raised:
        Renderer(design, variant).render(attendee())
    assert len(str(raised.value).splitlines()) == 1


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_jpeg_of_192_megapixels_is_drawn(variant: PdfVariant, tmp_path: Path) -> None:
    content = saved(Image.new("RGB", (16_000, 12_000), "#c08040"), "JPEG")
    pdf = Renderer(with_picture(tmp_path, "huge.jpg", content), variant).render(attendee()).pdf
    assert differ(drawn(pdf), Image.new("RGB", (9, 9), "#c08040")) < 30


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_is_reduced_to_600_dpi_at_its_place(
    kind: str, variant: PdfVariant, tmp_path: Path
) -> None:
    photograph = sample().resize((2400, 2400))
    design = with_picture(tmp_path, "photo", saved(photograph, kind))
    pdf = Renderer(design, variant).render(attendee()).pdf
    (image,) = images_of(pdf)
    assert 600 * 40 / 25.4 <= int(image.Width) <= 1.06 * 600 * 40 / 25.4
    assert differ(drawn(pdf), photograph) < 30


@pytest.mark.parametrize(
    ("css", "side_mm"),
    [
        ("img { opacity: .5 }", 40),
        ("img { transform: scale(1.5); transform-origin: 0 0 }", 60),
        ("div { opacity: .9 } img { width: 10mm; height: 10mm; transform: scale(4) }", 40),
    ],
    ids=["in-a-group", "enlarged", "both"],
)
def test_the_place_of_a_picture_includes_what_is_around_it(
    css: str, side_mm: float, tmp_path: Path
) -> None:
    design = with_picture(tmp_path, "photo", saved(sample().resize((3000, 3000)), "JPEG"))
    (design.folder / "badge.css").write_text(CSS + css)
    (design.folder / "badge.html.jinja").write_text('<div><img src="photo"></div>')
    (image,) = images_of(Renderer(Design.load(design.folder)).render(attendee()).pdf)
    assert 600 * side_mm / 25.4 <= int(image.Width) <= 1.06 * 600 * side_mm / 25.4


def test_a_picture_is_decoded_once_for_all_badges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[object] = []
    load = Image.Image.load

    def counted(image: Image.Image) -> object:
        decoded.append(image)
        return load(image)

    monkeypatch.setattr(Image.Image, "load", counted)
    design = with_picture(tmp_path, "photo.png", saved(sample(), "PNG"))
    renderer = Renderer(design, "pdf/x-4")
    renderer.render(attendee())
    assert decoded
    decoded.clear()
    for number in range(3):
        renderer.render(attendee(name=f"Ada {number}"))
    assert not decoded


def data_url(content: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


EMBEDDED = {
    "figma": '<defs><pattern id="p" patternContentUnits="objectBoundingBox" width="1" height="1">'
    '<use xlink:href="#i" transform="scale(0.00390625)"/></pattern>'
    '<image id="i" width="256" height="256" xlink:href="{url}"/></defs>'
    '<rect width="40" height="40" fill="url(#p)"/>',
    "inkscape": '<image preserveAspectRatio="none" width="40" height="40" xlink:href="{wrapped}"/>',
    "illustrator": '<image style="overflow:visible;" width="256" height="256" xlink:href="{url}" '
    'transform="matrix(0.15625 0 0 0.15625 0 0)"></image>',
    "href": '<image width="40" height="40" href="{url}"/>',
}


@pytest.mark.parametrize("way", ["file", "drawing", "inline"])
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("program", EMBEDDED)
def test_pictures_embedded_in_an_svg_are_drawn(
    program: str, variant: PdfVariant, way: str, tmp_path: Path
) -> None:
    url = data_url(saved(sample(), "PNG"))
    wrapped = "\n".join(url[start : start + 76] for start in range(0, len(url), 76))
    svg = SVG + EMBEDDED[program].format(url=url, wrapped=wrapped) + "</svg>"
    body = {
        "file": '<img src="logo.svg">',
        "drawing": '{{ drawing("logo.svg", "logo") }}',
        "inline": '{% include "logo.svg" %}',
    }[way]
    renderer = Renderer(with_picture(tmp_path, "logo.svg", svg, body), variant)
    for _badge in range(2):
        assert differ(drawn(renderer.render(attendee()).pdf), sample()) < 30


def blurred() -> Image.Image:
    image = Image.new("RGB", (160, 160), "white")
    ImageDraw.Draw(image).rectangle((40, 40, 120, 120), "#c8261c")
    return image


MASKED = Image.new("RGB", (160, 160), "white")
ImageDraw.Draw(MASKED).rectangle((40, 40, 80, 120), "#c8261c")

FEATURES: dict[str, tuple[str, Callable[[], Image.Image]]] = {
    "mask": (
        f'<mask id="m"><rect width="20" height="40" fill="#fff"/></mask><g mask="url(#m)">{SQUARE}</g>',
        lambda: MASKED,
    ),
    "mask-in-a-style": (
        '<mask id="m"><rect width="20" height="40" fill="#fff"/></mask>'
        f'<g style="fill:red;mask:url(#m)">{SQUARE}</g>',
        lambda: MASKED,
    ),
    "mask-in-a-stylesheet": (
        "<style>.m { mask: url(#m) }</style>"
        '<mask id="m"><rect width="20" height="40" fill="#fff"/></mask>'
        f'<g class="m">{SQUARE}</g>',
        lambda: MASKED,
    ),
    "filter": (
        '<filter id="f"><feFlood flood-color="#c8261c" x="10" y="10" width="10" height="20"/></filter>'
        f'<g filter="url(#f)">{SQUARE}</g>',
        lambda: MASKED,
    ),
    "clip-path-of-the-box": (
        '<clipPath id="c" clipPathUnits="objectBoundingBox"><path d="M0 0h.5v1H0z"/></clipPath>'
        f'<g clip-path="url(#c)">{SQUARE}</g>',
        lambda: MASKED,
    ),
    "even-odd-clip-path": (
        '<clipPath id="c"><path clip-rule="evenodd" d="M0 0h40v40H0zM20 0h20v40H20z"/></clipPath>'
        f'<g clip-path="url(#c)">{SQUARE}</g>',
        lambda: MASKED,
    ),
}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("feature", FEATURES)
def test_what_weasyprint_ignores_in_an_svg_is_drawn(
    feature: str, variant: PdfVariant, tmp_path: Path
) -> None:
    elements, expected = FEATURES[feature]
    renderer = Renderer(with_picture(tmp_path, "logo.svg", f"{SVG}{elements}</svg>"), variant)
    pdf = renderer.render(attendee()).pdf
    assert differ(drawn(pdf), expected()) < 4
    assert all(abs(int(image.Width) - 600 * 40 / 25.4) < 3 for image in images_of(pdf)), "it has 600 dpi"


@pytest.mark.parametrize(
    ("kind", "attributes"),
    [
        ("linear", 'gradientUnits="userSpaceOnUse" x2="40" gradientTransform="rotate(45 20 20)"'),
        ("radial", 'cx=".3" cy=".3"'),
        (
            "radial",
            'gradientUnits="userSpaceOnUse" r="1" gradientTransform="translate(20 20) scale(20 9)"',
        ),
        ("linear", 'xlink:href="#h" x2="0" y2="1"'),
    ],
    ids=["rotated", "radial", "elliptic", "inherited"],
)
def test_every_badge_has_the_gradients_of_a_logo(kind: str, attributes: str, tmp_path: Path) -> None:
    import resvg_py

    gradient = (
        f'<{kind}Gradient id="g" {attributes}>{"" if "#h" in attributes else STOPS}</{kind}Gradient>'
    )
    svg = (
        f'{SVG}<linearGradient id="h">{STOPS}</linearGradient>{gradient}'
        '<rect width="40" height="40" fill="url(#g)"/></svg>'
    )
    expected = Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg, width=160))))
    for variant in VARIANTS:
        renderer = Renderer(with_picture(tmp_path / (variant[-1:] or "rgb"), "logo.svg", svg), variant)
        for _badge in range(3):
            assert differ(drawn(renderer.render(attendee()).pdf), expected) < 25


@pytest.mark.parametrize(
    ("elements", "reason"),
    [
        (f'<g filter="url(#f)">{SQUARE}<text y="9">x</text></g>', "has texts with filters"),
        (
            '<foreignObject width="9" height="9"><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject>',
            "HTML",
        ),
        ('<g filter="url(#f)"><use href="other.svg#a"/></g>', "refers to other.svg#a; embed that"),
    ],
    ids=["text", "html", "other-file"],
)
def test_an_svg_that_nothing_draws_correctly_is_refused(
    elements: str, reason: str, tmp_path: Path
) -> None:
    blur = '<filter id="f"><feGaussianBlur stdDeviation="2"/></filter>'
    design = with_picture(tmp_path, "logo.svg", f"{SVG}{blur}{elements}</svg>")
    with pytest.raises(DesignError, match=rf"mine/logo\.svg: .*{reason}"):
        Renderer(design).render(attendee())


@pytest.mark.parametrize("href", ["../secret.png", "/etc/passwd", "http://127.0.0.1:9/a.png"])
@pytest.mark.parametrize("nested", [False, True])
def test_an_svg_with_filters_reads_files_of_the_design_only(
    href: str, nested: bool, tmp_path: Path
) -> None:
    (tmp_path / "secret.png").write_bytes(saved(Image.new("RGB", (9, 9), "#f0f"), "PNG"))
    image = f'<image width="40" height="40" href="{href}"/>'
    if nested:
        inner = data_url(f"{SVG}{image}</svg>".encode(), "image/svg+xml")
        image = f'<image width="40" height="40" href="{inner}"/>'
    blur = '<filter id="f"><feGaussianBlur stdDeviation="2"/></filter>'
    svg = f'{SVG}{blur}<g filter="url(#f)">{SQUARE}</g>{image}</svg>'
    with pytest.raises(DesignError, match=r"own files only|refers to"):
        Renderer(with_picture(tmp_path, "logo.svg", svg)).render(attendee())


def background(folder: Path, variant: PdfVariant) -> bytes:
    """A PDF with a gradient and a text, as a program for page layout writes it."""
    folder.mkdir()
    css = (
        "body { margin: 0; color: var(--paper) } p { width: 40mm; height: 40mm; margin: 0;"
        "background: linear-gradient(var(--speaker), var(--ink)) }"
    )
    return Renderer(make_design(folder, "<p>Hello", css), variant).render(attendee()).pdf


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_pdf_is_drawn_as_it_is(variant: PdfVariant, tmp_path: Path) -> None:
    original = background(tmp_path / "original", variant)
    design = with_picture(tmp_path, "back.pdf", original)
    (design.folder / "badge.css").write_text("body { margin: 0 } img { width: 85.6mm; height: 53.98mm }")
    renderer = Renderer(Design.load(design.folder), variant)
    for _badge in range(2):
        pdf = renderer.render(attendee()).pdf
        assert differ(drawn(pdf), drawn(original)) < 1
        assert not images_of(pdf), "it is not drawn as pixels"
        assert "Hello" in pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_bounded()
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            assert opened.check_pdf_syntax() == []


def test_an_rgb_pdf_is_refused_in_pdf_x_4(tmp_path: Path) -> None:
    design = with_picture(tmp_path, "back.pdf", background(tmp_path / "original", ""))
    with pytest.raises(
        DesignError, match=r"mine/back\.pdf: the PDF has RGB colors, which PDF/X-4 does not"
    ):
        Renderer(design, "pdf/x-4").render(attendee())


def test_a_page_of_a_pdf_can_be_chosen(tmp_path: Path) -> None:
    two = pikepdf.new()
    for color in (b"1 0 0", b"0 0 1"):
        two.add_blank_page(page_size=(100, 100))
        two.pages[-1].Contents = two.make_stream(color + b" rg 0 0 100 100 re f")
    file = io.BytesIO()
    two.save(file)
    design = with_picture(tmp_path, "two.pdf", file.getvalue(), '<img src="two.pdf#page=2">')
    assert drawn(Renderer(design).render(attendee()).pdf).getpixel((80, 80)) == (0, 0, 255)
    (design.folder / "badge.html.jinja").write_text('<img src="two.pdf#page=3">')
    with pytest.raises(DesignError, match=r"two\.pdf: there is no page 3: it has 2 pages"):
        Renderer(design).render(attendee())


def _with_hidden_layer(pdf: pikepdf.Pdf) -> None:
    layer = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="draft"))
    pdf.Root.OCProperties = pikepdf.Dictionary(OCGs=[layer], D=pikepdf.Dictionary(OFF=[layer]))


def _with_outside_content(pdf: pikepdf.Pdf) -> None:
    stream = pdf.make_stream(b"", F="/etc/passwd", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form)
    pdf.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(X=stream))


def _with_missing_font(pdf: pikepdf.Pdf) -> None:
    descriptor = pikepdf.Dictionary(Type=pikepdf.Name.FontDescriptor, FontName=pikepdf.Name.Comic)
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, FontDescriptor=pdf.make_indirect(descriptor))
    pdf.pages[0].Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=pdf.make_indirect(font)))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_with_hidden_layer, "hidden layers"),
        (_with_outside_content, "content in other files"),
        (_with_missing_font, "font /Comic is not embedded"),
    ],
)
def test_a_pdf_that_would_be_printed_wrong_is_refused(
    change: Callable[[pikepdf.Pdf], None], reason: str, tmp_path: Path
) -> None:
    pdf, file = pikepdf.new(), io.BytesIO()
    pdf.add_blank_page(page_size=(100, 100))
    change(pdf)
    pdf.save(file)
    with pytest.raises(DesignError, match=rf"mine/back\.pdf: .*{reason}"):
        Renderer(with_picture(tmp_path, "back.pdf", file.getvalue())).render(attendee())
