"""PDF features for print shops and screen readers: boxes, marks, colours, tags."""

import io
import re
from pathlib import Path

import page
import pikepdf
import pypdfium2
import pytest
from PIL import ImageCms

from badge_forge.attendee import Attendee
from badge_forge.errors import RenderingError
from badge_forge.rendering.cmyk import CmykProfile
from badge_forge.rendering.renderer import Renderer
from badge_forge.units import PT_PER_MM as MM
from helpers import badge_args, make_design, shipped_design

DESIGNS = ["a6", "card-86x54", "conf-4x6", "fold-a5"]
RGB = re.compile(rb"(^|\s)(rg|RG)\s")


def attendee(**changes: object) -> Attendee:
    return Attendee.from_args(badge_args(**changes))


def opened(renderer: Renderer, **changes: object) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(renderer.render(attendee(**changes)).pdf))


@pytest.mark.parametrize("design", DESIGNS)
def test_the_page_boxes_have_the_sizes_of_the_design(design: str) -> None:
    loaded = shipped_design(design)
    setup = loaded.settings.page
    margin = 8 if setup.crop_marks else setup.bleed_mm
    for box in opened(Renderer(loaded)).pages:
        media, trim, bleed = (
            [float(side) / MM for side in sides] for sides in (box.mediabox, box.trimbox, box.BleedBox)
        )
        width, height = setup.width_mm, setup.height_mm
        assert media == pytest.approx([0, 0, width + 2 * margin, height + 2 * margin], abs=0.01)
        assert trim == pytest.approx([margin, margin, margin + width, margin + height], abs=0.01)
        outside = setup.bleed_mm
        assert bleed == pytest.approx(
            [margin - outside, margin - outside, margin + width + outside, margin + height + outside],
            abs=0.01,
        )


def test_colour_extends_into_the_bleed_and_marks_stay_outside() -> None:
    pdf = Renderer(shipped_design("a6")).render(attendee(type="speaker")).pdf
    image = (
        pypdfium2.PdfDocument(pdf)[0].render(scale=10 / MM).to_pil().convert("RGB")
    )  # 10 px per mm; the trim box begins at 8 mm

    def pixel(x_mm: float, y_mm: float) -> tuple[int, ...]:
        colour: tuple[int, ...] = image.getpixel((round(x_mm * 10), round(y_mm * 10)))
        return colour

    red, white = (200, 38, 28), (255, 255, 255)
    assert pixel(60, 5.2) == pixel(60, 8.2) == red
    assert pixel(60, 4.7) == white
    marks = [y for y in range(image.height) if image.getpixel((25, y)) != white]
    assert {round(y / 10) for y in marks} == {8, 8 + 148}


@pytest.mark.parametrize("variant", ["", "pdf/x-4", "pdf/ua-1"])
def test_the_pdf_tells_viewers_not_to_scale(variant: str) -> None:
    pdf = opened(Renderer(shipped_design("conf-4x6"), variant))  # type: ignore[arg-type]
    assert pdf.Root.ViewerPreferences.PrintScaling == "/None"
    assert pdf.check_pdf_syntax() == []


@pytest.mark.parametrize("design", DESIGNS)
def test_pdf_x_4_has_a_printing_condition_and_only_cmyk_colours(design: str) -> None:
    pdf = opened(Renderer(shipped_design(design), "pdf/x-4"), name="Zoë 🦄")
    (intent,) = pdf.Root.OutputIntents
    assert intent.S == "/GTS_PDFX"
    assert intent.OutputConditionIdentifier
    assert intent.DestOutputProfile.read_bytes()[16:20] == b"CMYK"
    assert b"<pdfxid:GTS_PDFXVersion>PDF/X-4</pdfxid:GTS_PDFXVersion>" in pdf.Root.Metadata.read_bytes()
    assert pdf.docinfo["/Trapped"] == "/False"
    for leaf in pdf.pages:
        assert not RGB.search(leaf.Contents.read_bytes())
    pictures = [
        thing for thing in pdf.objects if isinstance(thing, pikepdf.Stream) and "/ColorSpace" in thing
    ]
    assert pictures
    assert not any("/DeviceRGB" in repr(thing.ColorSpace) for thing in pictures)


def test_a_photograph_is_converted_to_cmyk_in_pdf_x_4(tmp_path: Path) -> None:
    from PIL import Image

    design = make_design(tmp_path, '<img src="photo.png">')
    Image.new("RGB", (8, 8), (200, 30, 30)).save(design.folder / "photo.png")
    pdf = opened(Renderer(design, "pdf/x-4"))
    (photo,) = pdf.pages[0].get_images().values()
    assert photo.ColorSpace == "/DeviceCMYK"


def test_a_profile_that_is_missing_or_not_cmyk_is_named(tmp_path: Path) -> None:
    with pytest.raises(RenderingError, match=r"CMYK_PROFILE: can't read .*nix\.icc: No such file"):
        CmykProfile(tmp_path / "nix.icc")
    (tmp_path / "text.icc").write_text("no profile")
    with pytest.raises(RenderingError, match=r"CMYK_PROFILE: can't read .*text\.icc: cannot open prof"):
        CmykProfile(tmp_path / "text.icc")
    rgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    (tmp_path / "rgb.icc").write_bytes(rgb.tobytes())
    with pytest.raises(RenderingError, match=r"rgb\.icc must be a CMYK profile, got: RGB; "):
        CmykProfile(tmp_path / "rgb.icc")


@pytest.mark.parametrize("design", DESIGNS)
def test_pdf_ua_1_has_tags_a_title_and_a_language(design: str) -> None:
    pdf = opened(Renderer(shipped_design(design), "pdf/ua-1"), name="Ada Lovelace")
    assert pdf.Root.MarkInfo.Marked
    assert pdf.Root.ViewerPreferences.DisplayDocTitle
    assert pdf.Root.Lang == "en"
    assert "/StructTreeRoot" in pdf.Root
    assert b'pdfuaid:part="1"' in pdf.Root.Metadata.read_bytes()
    assert b"Ada Lovelace" in pdf.Root.Metadata.read_bytes()


@pytest.mark.parametrize("name", ["Ada Lovelace", "प्रियंका शर्मा", "Zoë 🦄", "王小明", "فرشته احمدی"])
@pytest.mark.parametrize("design", DESIGNS)
def test_pdf_ua_1_passes_a_validator(design: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / "badge.pdf"
    args = badge_args(name=name, title="Engineer", pronouns="they/them")
    path.write_bytes(Renderer(shipped_design(design), "pdf/ua-1").render(Attendee.from_args(args)).pdf)
    result = page.validate_pdf(str(path), profile=page.ValidationProfile.PDF_UA_1)
    assert [failure.rule_id for failure in result.failures] == []
    assert result.is_compliant


def test_the_validator_rejects_a_pdf_without_tags(tmp_path: Path) -> None:
    path = tmp_path / "badge.pdf"
    path.write_bytes(Renderer(make_design(tmp_path, "<p>untagged")).render(attendee()).pdf)
    assert not page.validate_pdf(str(path), profile=page.ValidationProfile.PDF_UA_1).is_compliant


def test_the_metadata_of_a_badge_names_its_id_and_design() -> None:
    design = shipped_design("a6")
    args = badge_args(design="a6")
    pdf = pikepdf.open(io.BytesIO(Renderer(design).render(Attendee.from_args(args)).pdf))
    assert pdf.docinfo["/Badge"] == args["id"]
    assert pdf.docinfo["/Design"] == f"a6 1 {design.digest()[:12]}"
