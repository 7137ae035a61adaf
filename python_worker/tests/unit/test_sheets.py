"""Badges are placed on sheets to within a fraction of a millimetre, front and back."""

import uuid
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageChops

from badge_forge.attendee import Attendee
from badge_forge.designs.design import PdfVariant
from badge_forge.errors import SheetError, UsageError
from badge_forge.rendering.renderer import Renderer
from badge_forge.sheets.badge_pdf import BadgeFacts, BadgePdf
from badge_forge.sheets.calibration import Calibration, Profiles
from badge_forge.sheets.imposition import Imposition
from badge_forge.sheets.layout import SHEETS, Cell, Grid, grid, stocks
from badge_forge.sheets.ruler_page import ruler_page
from badge_forge.units import PT_PER_MM as MM
from helpers import badge_args, make_design, shipped_design, text_of

PX_PER_MM = 10
TOLERANCE_MM = 0.15

SIDE = '<section class="{side}">{{{{ qr_code(24) }}}}</section>'
CSS = """
body { margin: 0 }
section { width: 85.6mm; height: 53.98mm; background: #d0e0f0; break-after: page }
section:last-child { break-after: auto }
.qr { position: relative; left: 8mm; top: 4mm; background: #fff }
"""

Make = Callable[..., list[BadgePdf]]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Make badges with colour up to their edges and a QR code at the top left of each side."""
    renderers: dict[int, Renderer] = {}

    def make_badges(count: int, sides: int = 1) -> list[BadgePdf]:
        folder = tmp_path_factory.mktemp("badges")
        if sides not in renderers:
            body = "".join(SIDE.format(side=side) for side in ("front", "back")[:sides])
            pages = {"height_mm = 53.98\n": f"height_mm = 53.98\npages = {sides}\n"}
            renderers[sides] = Renderer(make_design(folder, body, CSS, **pages))
        badges = []
        for number in range(count):
            attendee = Attendee(
                id=str(uuid.UUID(int=number + 1)), name="A", company="", type="speaker", design="mine"
            )
            path = folder / f"{number:03}.pdf"
            path.write_bytes(renderers[sides].render(attendee).pdf)
            badges.append(BadgePdf(path))
        return badges

    return make_badges


def lay(badges: list[BadgePdf], stock: str, output: Path, start: int = 0) -> pypdfium2.PdfDocument:
    with badges[0].open() as pdf:
        facts = BadgeFacts.of(pdf)
    cells = grid(stock, facts.width_mm, facts.height_mm, facts.bleed_mm)
    Imposition(cells, Calibration(), start).write(badges, output, lambda _count: None)
    return pypdfium2.PdfDocument(output)


def image_of(page: pypdfium2.PdfPage) -> Image.Image:
    image: Image.Image = page.render(scale=PX_PER_MM / MM).to_pil().convert("RGB")
    return image


def found_in(image: Image.Image, cell: Cell) -> tuple[int, float, float, float, float]:
    """Read a cell's QR code; return the badge's number, left and top in mm, and the downward vector."""
    (code,) = zxingcpp.read_barcodes(image.crop(pixels(box_of(cell))))
    place = code.position
    points = [place.top_left, place.top_right, place.bottom_left, place.bottom_right]
    down = place.bottom_left.x - place.top_left.x, place.bottom_left.y - place.top_left.y
    return (
        uuid.UUID(code.text).int,
        cell.left_mm + min(point.x for point in points) / PX_PER_MM,
        cell.top_mm + min(point.y for point in points) / PX_PER_MM,
        round(down[0] / 100),
        round(down[1] / 100),
    )


def box_of(cell: Cell) -> tuple[float, float, float, float]:
    return cell.left_mm, cell.top_mm, cell.left_mm + cell.width_mm, cell.top_mm + cell.height_mm


def pixels(box_mm: tuple[float, float, float, float]) -> tuple[int, int, int, int]:
    left, top, right, bottom = (round(side * PX_PER_MM) for side in box_mm)
    return left, top, right, bottom


def numbers_on(page: pypdfium2.PdfPage, stock: str) -> list[int]:
    """Return the numbers of the badges on a sheet, cell by cell; 0 is an empty cell."""
    image = image_of(page)
    numbers = []
    for cell in grid(stock, 85.6, 53.98).cells:
        part = image.crop(pixels(box_of(cell)))
        empty = part.getextrema() == ((255, 255),) * 3
        numbers.append(0 if empty else found_in(image, cell)[0])
    return numbers


def coloured(image: Image.Image, box_mm: tuple[float, float, float, float]) -> tuple[float, ...]:
    """Return the edges of the coloured area inside a box of the image. All are in mm."""
    part = image.crop(pixels(box_mm))
    box = ImageChops.difference(part, Image.new("RGB", part.size, "white")).getbbox()
    assert box, "nothing there"
    left, top = box_mm[:2]
    return tuple(
        side / PX_PER_MM + offset for side, offset in zip(box, (left, top, left, top), strict=True)
    )


# From the manufacturers' drawings: width of the sheet, top left corners of labels, size of a label.
LABELS = {
    "avery-l7418": (
        210,
        [(18.5, 37.5), (105, 37.5), (18.5, 93), (105, 93), (18.5, 148.5)],
        (86.5, 55.5),
    ),
    "avery-5392": (215.9, [(6.35, 25.4), (107.95, 25.4), (6.35, 101.6), (107.95, 101.6)], (101.6, 76.2)),
    "4x3-six-up": (215.9, [(4.763, 19.05), (109.538, 19.05), (4.763, 101.6)], (101.6, 76.2)),
}


@pytest.mark.parametrize("stock", LABELS)
def test_each_badge_is_centred_on_its_label(stock: str, make: Make, tmp_path: Path) -> None:
    _width, labels, (width, height) = LABELS[stock]
    document = lay(make(len(labels)), stock, tmp_path / "sheet.pdf")
    assert len(document) == 1
    image = image_of(document[0])
    for left, top in labels:
        edges = coloured(image, (left, top, left + width, top + height))
        x, y = left + (width - 85.6) / 2, top + (height - 53.98) / 2
        assert edges == pytest.approx((x, y, x + 85.6, y + 53.98), abs=TOLERANCE_MM)


def test_the_last_sheet_is_filled_from_its_first_label(make: Make, tmp_path: Path) -> None:
    document = lay(make(11), "avery-l7418", tmp_path / "sheet.pdf")
    numbers = [numbers_on(page, "avery-l7418") for page in document]
    assert numbers == [[1, 2, 3, 4, 5, 6, 7, 8], [9, 10, 11, 0, 0, 0, 0, 0]]


def test_a_partly_used_sheet_is_filled_from_the_given_label(make: Make, tmp_path: Path) -> None:
    document = lay(make(6), "avery-l7418", tmp_path / "sheet.pdf", start=4)
    numbers = [numbers_on(page, "avery-l7418") for page in document]
    assert numbers == [[0, 0, 0, 0, 1, 2, 3, 4], [5, 6, 0, 0, 0, 0, 0, 0]]


@pytest.mark.parametrize("stock", ["avery-l7418", "avery-5392", "a4", "a3", "letter"])
@pytest.mark.parametrize("count", ["full", "partial"])
def test_a_back_is_behind_its_front_when_the_sheet_is_flipped_on_its_long_edge(
    stock: str, count: str, make: Make, tmp_path: Path
) -> None:
    cells = grid(stock, 85.6, 53.98).cells
    count_of_badges = len(cells) if count == "full" else len(cells) // 2 + 1
    document = lay(make(count_of_badges, sides=2), stock, tmp_path / "sheet.pdf")
    assert len(document) == 2
    front, back = (image_of(page) for page in document)
    sheet_width, _height = SHEETS[grid(stock, 85.6, 53.98).sheet]
    for number, cell in enumerate(cells[:count_of_badges], 1):
        behind = Cell(
            sheet_width - cell.left_mm - cell.width_mm, cell.top_mm, cell.width_mm, cell.height_mm
        )
        left, top, right, bottom = coloured(front, box_of(cell))
        assert right - left == pytest.approx(53.98 if cell.rotation else 85.6, abs=TOLERANCE_MM)
        assert coloured(back, box_of(behind)) == pytest.approx(
            (sheet_width - right, top, sheet_width - left, bottom), abs=TOLERANCE_MM
        )
        found, _x, _y, down_x, down_y = found_in(front, cell)
        found_behind, _x, _y, down_x_behind, down_y_behind = found_in(back, behind)
        # Both sides show the same badge, with the same edge at the top.
        assert found == found_behind == number
        assert (down_x_behind, down_y_behind) == (-down_x, down_y)


def test_plain_paper_is_filled_with_badges_and_has_marks_for_every_cut(
    make: Make, tmp_path: Path
) -> None:
    cells = grid("a4", 85.6, 53.98).cells
    assert len(cells) == 9
    image = image_of(lay(make(9), "a4", tmp_path / "sheet.pdf")[0])
    top = min(cell.top_mm for cell in cells)
    for cell in cells:
        for x in (cell.left_mm, cell.left_mm + cell.width_mm):
            left, _top, right, _bottom = coloured(image, (x - 1, top - 7.5, x + 1, top - 3.5))
            assert (left + right) / 2 == pytest.approx(x, abs=TOLERANCE_MM)


def test_the_labels_of_every_stock_are_on_the_sheet_and_centred() -> None:
    for stock in stocks().values():
        width, height = SHEETS[stock.sheet]
        for cell in stock.cells(0):
            assert cell.left_mm + cell.width_mm <= width
            assert cell.top_mm + cell.height_mm <= height
        last = list(stock.cells(0))[-1]
        assert stock.left_mm == pytest.approx(width - last.left_mm - last.width_mm, abs=0.1)
        assert stock.top_mm == pytest.approx(height - last.top_mm - last.height_mm, abs=0.1)


def test_a_calibration_compensates_for_shift_and_scale(make: Make, tmp_path: Path) -> None:
    measured = Calibration.measured(right_mm=20.8, down_mm=19.5, ruler_mm=159.6)
    (badge,) = make(1)
    cells = grid("a4", 85.6, 53.98)
    plain, moved = (
        write(badge, cells, calibration, tmp_path / f"{calibration.scale}.pdf")
        for calibration in (Calibration(), measured)
    )
    # The printer shifts the cross at 20 mm by +0.8 and -0.5 mm, and scales by 159.6 / 160.
    for axis, error in ((0, 0.8), (1, -0.5)):
        printed = 20 + error + (moved[axis] - 20) * 159.6 / 160
        assert printed == pytest.approx(plain[axis], abs=TOLERANCE_MM)


def test_backs_can_have_a_calibration_of_their_own(make: Make, tmp_path: Path) -> None:
    (badge,) = make(1, sides=2)
    cells = grid("a4", 85.6, 53.98)
    places = cells.cells[0], cells.cells[0].mirrored(210)
    fronts = Calibration(dx_mm=1)
    found = []
    for calibration in (Calibration(), fronts, Calibration(dx_mm=1, back=Calibration(dy_mm=-2))):
        path = tmp_path / "sheet.pdf"
        Imposition(cells, calibration, 0).write([badge], path, lambda _count: None)
        pages = pypdfium2.PdfDocument(path)
        sides = [found_in(image_of(page), cell) for page, cell in zip(pages, places, strict=True)]
        found.append([side[1:3] for side in sides])
    (front, back), both, separate = found
    assert both[0] == pytest.approx((front[0] + 1, front[1]), abs=TOLERANCE_MM)
    assert both[1] == pytest.approx((back[0] + 1, back[1]), abs=TOLERANCE_MM)
    assert separate[0] == pytest.approx(both[0], abs=TOLERANCE_MM)
    assert separate[1] == pytest.approx((back[0], back[1] - 2), abs=TOLERANCE_MM)


def write(badge: BadgePdf, cells: Grid, calibration: Calibration, path: Path) -> tuple[float, float]:
    Imposition(cells, calibration, 0).write([badge], path, lambda _count: None)
    _number, x, y, _down_x, _down_y = found_in(image_of(pypdfium2.PdfDocument(path)[0]), cells.cells[0])
    return x, y


def test_a_measurement_that_is_off_by_centimetres_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^right is out of range, got: 120 mm: measure again"):
        Calibration.measured(right_mm=120, down_mm=20, ruler_mm=160)


def test_a_profile_is_stored_by_printer_name(tmp_path: Path) -> None:
    profiles = Profiles(tmp_path / "printers.json")
    profiles.set("office", Calibration(dx_mm=0.5))
    profiles.set("hall", Calibration(scale=1.01))
    assert profiles.get("office") == Calibration(dx_mm=0.5)
    with pytest.raises(UsageError, match="no printer 'cellar'; there are: hall, office"):
        profiles.get("cellar")
    with pytest.raises(UsageError, match="name must consist of letters"):
        profiles.set("../x", Calibration())


def test_a_measurement_of_one_side_keeps_that_of_the_other(tmp_path: Path) -> None:
    path = tmp_path / "printers.json"
    path.write_text('{"office": {"dx_mm": 0.5, "dy_mm": 0, "scale": 1}}')  # as before there were backs
    profiles = Profiles(path)
    profiles.set("office", Calibration(dx_mm=2), back=True)
    profiles.set("office", Calibration(dx_mm=1))
    assert profiles.get("office") == Calibration(dx_mm=1, back=Calibration(dx_mm=2))


def test_a_test_page_has_a_page_for_the_back_if_wanted() -> None:
    assert [len(pypdfium2.PdfDocument(ruler_page("a4", back))) for back in (False, True)] == [1, 2]
    assert "printer set NAME --back" in text_of(ruler_page("a4", back=True))


def test_a_badge_that_is_larger_than_its_label_is_refused() -> None:
    with pytest.raises(SheetError, match=r"105 x 148 mm does not fit on avery-l7418"):
        grid("avery-l7418", 105, 148)
    with pytest.raises(UsageError, match="no stock 'nonsense': choose one of a4, a3, letter, "):
        grid("nonsense", 105, 148)


def test_badges_of_two_sizes_are_refused(make: Make, tmp_path: Path) -> None:
    badges = [*make(1), *make(1, sides=2)]
    with pytest.raises(SheetError, match="does not fit on one sheet with badges of"):
        lay(badges, "a4", tmp_path / "sheet.pdf")
    assert list(tmp_path.iterdir()) == []


def test_an_incomplete_pdf_is_refused_with_its_name(make: Make, tmp_path: Path) -> None:
    torn = tmp_path / "torn.pdf"
    torn.write_bytes(make(1)[0].read()[:700])
    with pytest.raises(SheetError, match=r"torn\.pdf is not a complete PDF"):
        lay([*make(1), BadgePdf(torn)], "a4", tmp_path / "sheet.pdf")


def test_the_sheets_are_valid_pdf_and_forbid_scaling(make: Make, tmp_path: Path) -> None:
    lay(make(20), "a4", tmp_path / "sheet.pdf")
    with pikepdf.open(tmp_path / "sheet.pdf") as pdf:
        assert pdf.check_pdf_syntax() == []
        assert pdf.Root.ViewerPreferences.PrintScaling == "/None"
        for page in pdf.pages:
            assert [float(side) for side in page.mediabox] == pytest.approx([0, 0, 210 * MM, 297 * MM])


def test_the_same_badges_give_the_same_sheets(make: Make, tmp_path: Path) -> None:
    badges = make(3)
    for name in ("one.pdf", "two.pdf"):
        lay(badges, "a4", tmp_path / name)
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()


def test_sheets_of_pdf_x_4_badges_have_their_printing_condition_once(tmp_path: Path) -> None:
    renderer = Renderer(shipped_design("card-86x54"), "pdf/x-4")
    badges = []
    for number in range(3):
        path = tmp_path / f"{number}.pdf"
        path.write_bytes(renderer.render(Attendee.from_args(badge_args())).pdf)
        badges.append(BadgePdf(path))
    lay(badges, "a4", tmp_path / "sheet.pdf")
    with pikepdf.open(tmp_path / "sheet.pdf") as pdf:
        assert pdf.check_pdf_syntax() == []
        (intent,) = pdf.Root.OutputIntents
        assert intent.DestOutputProfile.read_bytes()[16:20] == b"CMYK"
        assert b"PDF/X-4" in pdf.Root.Metadata.read_bytes()
        assert pdf.docinfo["/Trapped"] == "/False"
        profiles = [
            thing for thing in pdf.objects if isinstance(thing, pikepdf.Stream) and thing.get("/N") == 4
        ]
        assert len(profiles) == 1


@pytest.mark.parametrize("variant", ["", "pdf/x-4"])
def test_a_background_is_in_the_sheets_once(variant: PdfVariant, tmp_path: Path) -> None:
    body = '<h1>{{ fit(attendee.name, 60, 9, 20) }}</h1><img src="photo.png">'
    design = make_design(tmp_path, body, "body { color: var(--ink) }")
    noise = Image.effect_noise((90, 60), 60)
    alpha = Image.linear_gradient("L").resize(noise.size)
    Image.merge("RGBA", (noise, noise, noise, alpha)).save(design.folder / "photo.png")
    renderer = Renderer(design, variant)
    badges = []
    for number in range(12):
        path = tmp_path / f"{number}.pdf"
        path.write_bytes(renderer.render(Attendee.from_args(badge_args(name=f"Ada {number}"))).pdf)
        badges.append(BadgePdf(path))
    written = tmp_path / "sheets.pdf"
    lay(badges, "a4", written)
    with pikepdf.open(written) as pdf:
        images = [
            each
            for each in pdf.objects
            if isinstance(each, pikepdf.Stream) and each.get("/Subtype") == "/Image"
        ]
        assert len(images) == 2, "the picture and its mask"
        assert pdf.check_pdf_syntax() == []
        forms = {each.objgen for page in pdf.pages for each in page.Resources.XObject.values()}
        assert len(forms) == 12
    assert [f"Ada {number}" in text_of(written) for number in range(12)] == [True] * 12
