"""Files of attendee lists, as registration systems write them. All people are invented."""

import csv
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

Rows = Sequence[Sequence[object]]

NAMES = (
    "Åse Øverland",
    "Ñandú Peña",
    "Łucja Żółć",
    "Nguyễn Thị Ánh",
    "Zoë O'Brien-Müller",
    "李小龍",
    "Σωκράτης Παπάς",
)
"""Names that wrong encodings misspell."""

WESTERN = ("Åse Øverland", "Ñandú Peña", "Zoë O’Brien-Müller", "Jürgen Groß", "François Lefèvre")
"""Names in the characters of cp1252."""


def csv_text(rows: Rows, delimiter: str = ",") -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue()


def write_csv(path: Path, rows: Rows, encoding: str = "utf-8", delimiter: str = ",") -> Path:
    path.write_bytes(csv_text(rows, delimiter).encode(encoding))
    return path


def write_xlsx(path: Path, sheets: dict[str, Rows], styles: str = "") -> Path:
    """Write a workbook. Strings are inline; numbers are cells of numbers, and `Date` ones of dates."""
    names = list(sheets)
    entries = "".join(
        f'<sheet name="{escape(name)}" sheetId="{at}" r:id="rId{at}"/>'
        for at, name in enumerate(names, 1)
    )
    links = "".join(
        f'<Relationship Id="rId{at}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{at}.xml"/>'
        for at in range(1, len(names) + 1)
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", CONTENT_TYPES)
        file.writestr(
            "_rels/.rels",
            _relations(
                f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
            ),
        )
        file.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{entries}</sheets></workbook>',
        )
        links += f'<Relationship Id="rIdS" Type="{OFFICE}/styles" Target="styles.xml"/>'
        file.writestr("xl/_rels/workbook.xml.rels", _relations(links))
        file.writestr("xl/styles.xml", STYLES)
        for at, rows in enumerate(sheets.values(), 1):
            data = "".join(f"<row>{''.join(map(_xlsx_cell, row))}</row>" for row in rows)
            file.writestr(
                f"xl/worksheets/sheet{at}.xml",
                f'<worksheet xmlns="{MAIN}"><sheetData>{data}</sheetData></worksheet>',
            )
    return path


class Date(int):
    """A day as Excel counts it: its number, with the format of a date."""


def _xlsx_cell(value: object) -> str:
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, Date):
        return f'<c s="1"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'


def write_ods(path: Path, rows: Rows) -> Path:
    cells = "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)
    content = (
        f'<office:document-content xmlns:office="{ODF}office:1.0" xmlns:table="{ODF}table:1.0" '
        f'xmlns:text="{ODF}text:1.0"><office:body><office:spreadsheet><table:table table:name="People">'
        f"{cells}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'<manifest:manifest xmlns:manifest="{ODF}manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("mimetype", kind)
        file.writestr("content.xml", content)
        file.writestr("META-INF/manifest.xml", manifest)
    return path


def _ods_cell(value: object) -> str:
    if value is None or value == "":
        return "<table:table-cell/>"
    if isinstance(value, int | float):
        return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
    lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in str(value).split("\n"))
    return f'<table:table-cell office:value-type="string">{lines}</table:table-cell>'


OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
ODF = "urn:oasis:names:tc:opendocument:xmlns:"
CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
FORMATS = '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
STYLES = f'<styleSheet xmlns="{MAIN}">{FORMATS}</styleSheet>'


def _relations(links: str) -> str:
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{links}</Relationships>'


PRETIX = (
    "Event slug",
    "Event name",
    "Order code",
    "Position ID",
    "Status",
    "Email",
    "Phone number",
    "Order date",
    "Order time",
    "Product",
    "Product ID",
    "Variation",
    "Variation ID",
    "Price",
    "Tax rate",
    "Tax rule",
    "Tax value",
    "Attendee name",
    "Attendee name: Given name",
    "Attendee name: Family name",
    "Attendee email",
    "Attendee company",
    "Address",
    "ZIP code",
    "City",
    "Country",
    "State",
    "Voucher",
    "Pseudonymization ID",
    "Ticket secret",
    "Seat ID",
    "Valid from",
    "Valid until",
    "Order comment",
    "Follow-up date",
    "Add-on to position ID",
    "Your pronouns",
    "Name for your badge",
    "Invoice address company",
)
PRETIX_CHECK_IN = (
    "Order code",
    "Attendee name",
    "Product",
    "Price",
    "Checked in",
    "Checked out",
    "Automatically checked in",
    "Paid",
    "Secret",
    "Email",
    "Phone number",
    "Company",
    "Voucher code",
    "Order date",
    "Order time",
    "Requires special attention",
    "Comment",
)
EVENTBRITE = (
    "Order #",
    "Order Date",
    "First Name",
    "Last Name",
    "Email",
    "Quantity",
    "Price Tier",
    "Ticket Type",
    "Attendee #",
    "Group",
    "Order Type",
    "Currency",
    "Total Paid",
    "Fees Paid",
    "Eventbrite Fees",
    "Eventbrite Payment Processing",
    "Attendee Status",
    "Home Address 1",
    "Job Title",
    "Company",
)
EVENTBRITE_ORDERS = tuple(header for header in EVENTBRITE if header != "Attendee #")
TITO = (
    "Number",
    "Ticket Created Date",
    "Ticket",
    "Ticket Full Name",
    "Ticket First Name",
    "Ticket Last Name",
    "Ticket Email",
    "Ticket Company Name",
    "Ticket Phone Number",
    "Event",
    "Void Status",
    "Price",
    "Ticket Reference",
    "Tags",
    "Unique Ticket URL",
    "Unique Order URL",
    "Order Reference",
    "Order Name",
    "Order Email",
    "Order Company Name",
)
LUMA = (
    "api_id",
    "name",
    "first_name",
    "last_name",
    "email",
    "phone_number",
    "created_at",
    "approval_status",
    "checked_in_at",
    "custom_source",
    "qr_code_url",
    "amount",
    "ticket_type_id",
    "ticket_name",
    "What company do you work for?",
)
INDICO = (
    "ID",
    "Name",
    "Email Address",
    "Affiliation",
    "Affiliation (4711)",
    "Registration date",
    "Registration state",
    "Price",
    "Checked in",
    "Check-in date",
    "Payment date",
    "Tags",
)
OPEN_EVENT = (
    "Order#",
    "Order Date",
    "Status",
    "First Name",
    "Last Name",
    "Email",
    "Country",
    "Payment Type",
    "Ticket Name",
    "Ticket Price",
    "Ticket Type",
)
SESSIONIZE = (
    "Session Id",
    "Title",
    "Description",
    "Owner",
    "Owner Email",
    "Room",
    "Scheduled At",
    "Speaker Id",
    "FirstName",
    "LastName",
    "Email",
    "TagLine",
    "Bio",
    "Company",
)
MICROSOFT_FORMS = (
    "ID",
    "Start time",
    "Completion time",
    "Email",
    "Name",
    "Last modified time",
    "What is your full name?",
    "Organisation",
    "Your email address",
)
GOOGLE_FORMS = (
    "Timestamp",
    "Email Address",
    "Your full name",
    "Which company or organisation are you from?",
)
KUMOREG = (
    "First",
    "Last",
    "Legal First",
    "Legal Last",
    "Fan Name",
    "Badge Number",
    "Email",
    "Phone",
    "Pass Type",
    "Order ID",
)


def record(headers: Sequence[str], **values: object) -> list[object]:
    """Return a row with `values` under the headers that they name, with _ for other characters."""
    row: list[object] = [""] * len(headers)
    names = ["".join(char if char.isalnum() else "_" for char in header) for header in headers]
    for name, value in values.items():
        row[names.index(name)] = value
    return row
