"""Lists of attendees, as systems write them, are read with every name right to the letter."""

from collections.abc import Sequence
from pathlib import Path

import pytest

import list_files
from badge_forge.errors import ListError
from badge_forge.events.event import Event, load_event
from badge_forge.lists.reading import ReadList, read_list
from badge_forge.lists.types import TypesOfTickets
from list_files import (
    NAMES,
    WESTERN,
    Date,
    csv_text,
    record,
    write_csv,
    write_ods,
    write_xlsx,
)

XLS = Path(__file__).parents[1] / "files" / "people.xls"

EVENT = """
name = "My Conf"
[types.attendee]
tickets = ["Early Bird"]
[types.sponsor]
[types.speaker]
label = "Referent/in"
[fields.table]
column = "Table number"
"""


@pytest.fixture
def event(tmp_path: Path) -> Event:
    (tmp_path / "my-conf.toml").write_text(EVENT)
    return load_event("my-conf", tmp_path)


def read(path: Path, event: Event, tickets: dict[str, str] | None = None, **options: str) -> ReadList:
    mapped = {
        name.replace("__", "."): options.pop(name)
        for name in list(options)
        if name not in ("encoding", "sheet")
    }
    return read_list(path, event, TypesOfTickets(event, tickets or {}), mapped, **options)


def names(found: ReadList) -> list[str]:
    return [person.name for person in found.people]


def problems(found: ReadList) -> list[tuple[int, str]]:
    return [(problem.row, problem.field) for problem in found.problems]


def test_an_order_of_pretix_gives_a_badge_to_each_person_but_not_to_add_ons(
    event: Event, tmp_path: Path
) -> None:
    def position(order: str, number: int, name: str, **more: object) -> list[object]:
        usual = {"Status": "paid", "Product": "Early Bird", "Email": "buyer@example.org"}
        ids = {"Order_code": order, "Position_ID": number, "Attendee_name": name}
        return record(list_files.PRETIX, **(usual | ids | more))

    rows = [
        list_files.PRETIX,
        *(position("A", at, name, Attendee_company="Söhne\nGmbH") for at, name in enumerate(NAMES, 1)),
        position("A", 20, NAMES[0], Product="T-shirt", Add_on_to_position_ID=1),
        position("B", 1, "Ann", Status="canceled"),
        position("B", 2, "Bob", Status="expired"),
        position("B", 3, "", Attendee_email=""),
        position("C", 1, "Cid", Your_pronouns="they/them", Name_for_your_badge="Cidney"),
    ]
    found = read(write_csv(tmp_path / "orders.csv", rows, "utf-8-sig"), event)
    assert found.columns.system
    assert found.columns.system.title == "pretix, order positions (en)"
    assert names(found) == [*NAMES, "Cid"]
    cid = list(found.people)[-1]
    assert (cid.args["pronouns"], cid.args["badge_name"], cid.ticket) == ("they/them", "Cidney", "C-1")
    assert {person.args["company"] for person in found.people} == {"Söhne GmbH", ""}
    assert found.left_out == {"add-on to another ticket": 1, "status: canceled": 1, "status: expired": 1}
    assert problems(found) == [(12, "name")]
    assert "buyer@example.org" not in {person.email for person in found.people}


def test_people_of_one_order_in_a_check_in_list_are_told_apart_without_a_position(
    event: Event, tmp_path: Path
) -> None:
    rows = [
        list_files.PRETIX_CHECK_IN,
        *(
            record(
                list_files.PRETIX_CHECK_IN,
                Order_code="A",
                Attendee_name=name,
                Product="Early Bird",
                Paid="Yes",
            )
            for name in NAMES
        ),
        record(list_files.PRETIX_CHECK_IN, Order_code="B", Attendee_name="Ann", Paid="No"),
    ]
    found = read(write_xlsx(tmp_path / "list.xlsx", {"Check-in list": rows}), event)
    assert names(found) == list(NAMES)
    assert len({keyed.key for keyed in found.people.keyed()}) == len(NAMES)
    assert found.left_out == {"status: No": 1}


def test_attendees_of_eventbrite_who_do_not_attend_get_no_badge(event: Event, tmp_path: Path) -> None:
    def attendee(number: int, first: str, last: str, **more: object) -> list[object]:
        usual = {
            "Quantity": 1,
            "Ticket_Type": "Early Bird",
            "Attendee_Status": "Attending",
            "Email": f"{number}@x.org",
        }
        ids = {"Order__": "77", "Attendee__": number, "First_Name": first, "Last_Name": last}
        return record(list_files.EVENTBRITE, **(usual | ids | more))

    rows = [
        list_files.EVENTBRITE,
        attendee(1, "Åse", "Øverland", Company="Größe", Job_Title="Koordinator"),
        attendee(2, "Bob", "B", Attendee_Status="Not Attending"),
        attendee(3, "Cid", "C", Attendee_Status="Refunded"),
        attendee(4, "Zoë", "O’Brien-Müller"),
    ]
    found = read(write_csv(tmp_path / "report.csv", rows, "cp1252"), event)
    assert names(found) == ["Åse Øverland", "Zoë O’Brien-Müller"]
    assert next(iter(found.people)).args["title"] == "Koordinator"
    assert found.left_out == {"status: Not Attending": 1, "status: Refunded": 1}


def test_an_order_of_three_people_of_one_name_is_reported(event: Event, tmp_path: Path) -> None:
    def order(number: str, quantity: object, name: str = "Ann") -> list[object]:
        return record(
            list_files.EVENTBRITE_ORDERS,
            Order__=number,
            Quantity=quantity,
            First_Name=name,
            Last_Name="Bee",
            Email=f"{name}@x.org",
            Order_Type="Paid",
        )

    rows = [list_files.EVENTBRITE_ORDERS, order("1", 1), order("2", 3, "Bob"), order("3", "many", "Cid")]
    found = read(write_csv(tmp_path / "orders.csv", rows), event)
    assert names(found) == ["Ann Bee"]
    assert problems(found) == [(3, "quantity"), (4, "quantity")]


def test_unassigned_and_void_tickets_of_tito_get_no_badge_and_never_that_of_the_buyer(
    event: Event, tmp_path: Path
) -> None:
    def ticket(reference: str, name: str, **more: object) -> list[object]:
        usual = {
            "Ticket": "Early Bird",
            "Void_Status": "-",
            "Order_Name": "Buyer",
            "Order_Email": "buyer@x.org",
        }
        ids = {"Ticket_Reference": reference, "Ticket_Full_Name": name, "Ticket_Company_Name": "-"}
        return record(list_files.TITO, **(usual | ids | more))

    rows = [
        list_files.TITO,
        *(ticket(f"t-{at}", name) for at, name in enumerate(NAMES)),
        ticket("t-20", "-", Ticket_Email="-"),
        ticket("t-21", "Void Ann", Void_Status="void"),
    ]
    path = tmp_path / "tickets.csv"
    path.write_bytes(
        csv_text(rows, "\t").encode("utf-16-le")
    )  # as older exports: without a byte order mark
    found = read(path, event)
    assert names(found) == list(NAMES)
    assert {person.args["company"] for person in found.people} == {""}
    assert problems(found) == [(9, "name")]
    assert found.left_out == {"void: void": 1}


def test_guests_of_luma_who_are_not_approved_get_no_badge(event: Event, tmp_path: Path) -> None:
    def guest(number: int, status: str, **more: object) -> list[object]:
        return record(
            list_files.LUMA,
            api_id=f"gst-{number}",
            approval_status=status,
            email=f"{number}@x.org",
            **more,
        )

    question = {"What_company_do_you_work_for_": "ACME"}
    rows = [
        list_files.LUMA,
        guest(1, "approved", name="李小龍", **question),
        guest(2, "approved", first_name="Åse", last_name="Øverland"),
        guest(3, "pending_approval", name="Cid"),
        guest(4, "approved"),
    ]
    found = read(write_csv(tmp_path / "guests.csv", rows), event)
    assert names(found) == ["李小龍", "Åse Øverland"]
    assert next(iter(found.people)).args["company"] == "ACME"
    assert problems(found) == [(5, "name")]


def test_registrants_of_indico_are_read_although_a_question_is_asked_twice(
    event: Event, tmp_path: Path
) -> None:
    rows = [
        list_files.INDICO,
        *(
            record(
                list_files.INDICO,
                ID=at,
                Name=name,
                Affiliation="CERN",
                Affiliation__4711_="?",
                Registration_state=state,
            )
            for at, (name, state) in enumerate([("Σωκράτης Παπάς", "Completed"), ("Bob", "Withdrawn")])
        ),
    ]
    found = read(write_ods(tmp_path / "registrants.ods", rows), event)
    assert [(person.name, person.args["company"]) for person in found.people] == [
        ("Σωκράτης Παπάς", "CERN")
    ]


def test_an_order_of_open_event_gives_a_badge_to_each_person(event: Event, tmp_path: Path) -> None:
    rows = [
        list_files.OPEN_EVENT,
        *(
            record(
                list_files.OPEN_EVENT,
                Order_="1",
                First_Name=first,
                Last_Name="Óð",
                Email="b@x.org",
                Status="completed",
                Ticket_Name="Early Bird",
            )
            for first in ("Þór", "Ann", "Ann")
        ),
    ]
    found = read(write_csv(tmp_path / "attendees.csv", rows), event)
    assert names(found) == ["Þór Óð", "Ann Óð"]
    assert problems(found) == [(4, "name")]


def test_a_speaker_with_several_sessions_gets_one_badge(event: Event, tmp_path: Path) -> None:
    rows = [
        list_files.SESSIONIZE,
        *(
            record(
                list_files.SESSIONIZE,
                Session_Id=session,
                Speaker_Id=speaker,
                FirstName=first,
                LastName="Żółć",
                TagLine="Writes, and\nspeaks",
                Company="Łódź",
            )
            for session, speaker, first in ((1, "s1", "Łucja"), (2, "s1", "Łucja"), (2, "s2", "Ann"))
        ),
    ]
    found = read(write_xlsx(tmp_path / "sessions.xlsx", {"All": rows}), event)
    people = list(found.people)
    assert [(person.name, person.type) for person in people] == [
        ("Łucja Żółć", "speaker"),
        ("Ann Żółć", "speaker"),
    ]
    assert people[0].args["title"] == "Writes, and speaks"
    assert found.left_out == {"the same ticket as row 2": 1}


def test_the_name_of_an_anonymous_form_is_that_of_the_question(event: Event, tmp_path: Path) -> None:
    rows = [
        list_files.MICROSOFT_FORMS,
        *(
            record(
                list_files.MICROSOFT_FORMS,
                ID=at,
                Email="anonymous",
                Name="Anonymous",
                Organisation="Größe",
                What_is_your_full_name_=name,
                Your_email_address=f"{at}@x.org",
            )
            for at, name in enumerate(WESTERN, 1)
        ),
    ]
    found = read(write_csv(tmp_path / "form.csv", rows, "cp1252", ";"), event)
    assert names(found) == list(WESTERN)
    assert {person.email for person in found.people} == {f"{at}@x.org" for at in range(1, 6)}


def test_the_questions_of_a_google_form_are_recognised(event: Event, tmp_path: Path) -> None:
    rows = [
        list_files.GOOGLE_FORMS,
        *(["2026/11/29 9:00:00 AM GMT", f"{at}@x.org", name, "ACME"] for at, name in enumerate(NAMES)),
    ]
    found = read(write_csv(tmp_path / "responses.csv", rows), event)
    assert names(found) == list(NAMES)
    assert {person.args["company"] for person in found.people} == {"ACME"}


def test_a_badge_name_goes_before_a_legal_name(event: Event, tmp_path: Path) -> None:
    row = record(
        list_files.KUMOREG,
        First="Zoë",
        Last="Fox",
        Legal_First="Zacharias",
        Legal_Last="Fuchs",
        Fan_Name="Foxie",
        Badge_Number="0042",
        Pass_Type="Early Bird",
    )
    found = read(write_csv(tmp_path / "badges.tsv", [list_files.KUMOREG, row], delimiter="\t"), event)
    (person,) = found.people
    assert (person.name, person.args["badge_name"], person.ticket) == ("Zoë Fox", "Foxie", "0042")
    assert "Zacharias" not in str(person)


def test_an_xls_file_is_read_and_its_dates_and_numbers_are_no_names(event: Event) -> None:
    found = read(XLS, event)
    assert names(found) == ["Åse Øverland", "Nguyễn Thị Ánh"]
    assert [(problem.row, problem.reason) for problem in found.problems] == [
        (4, "is a date in the spreadsheet")
    ]
    assert [(warning.row, warning.field, warning.value) for warning in found.warnings] == [
        (3, "company", "7")
    ]


def test_what_excel_made_of_007_and_1_2_is_no_name(event: Event, tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["Name", "E-Mail"],
        [7, "a@x.org"],
        [Date(46054), "b@x.org"],
        ["Ann", "c@x.org"],
    ]
    found = read(write_xlsx(tmp_path / "list.xlsx", {"Sheet": rows}), event)
    assert names(found) == ["Ann"]
    assert [problem.value for problem in found.problems] == ["7", "2026-02-01"]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_names_are_right_in_each_encoding_of_unicode(
    encoding: str, delimiter: str, event: Event, tmp_path: Path
) -> None:
    rows = [["Full Name", "Company"], *([name, 'A "quoted", one; and\nanother line'] for name in NAMES)]
    found = read(write_csv(tmp_path / "list.csv", rows, encoding, delimiter), event)
    assert names(found) == list(NAMES)
    assert {person.args["company"] for person in found.people} == {'A "quoted", one; and another line'}


@pytest.mark.parametrize("encoding", ["cp1250", "shift_jis", "mac_roman"])
def test_another_encoding_is_named_by_the_user(encoding: str, event: Event, tmp_path: Path) -> None:
    name = {"cp1250": "Łucja Żółć", "shift_jis": "山田 太郎", "mac_roman": "Åse Øverland"}[encoding]
    path = write_csv(tmp_path / "list.csv", [["Name", "Firma"], [name, "x"]], encoding)
    assert names(read(path, event, encoding=encoding)) == [name]


def test_an_encoding_that_is_not_known_by_the_bytes_is_told(event: Event, tmp_path: Path) -> None:
    found = read(write_csv(tmp_path / "list.csv", [["Name", "Firma"], ["Jürgen", "x"]], "cp1252"), event)
    assert any("read as cp1252" in note for note in found.notes)
    with pytest.raises(ListError, match="the file is not in utf-8"):
        read(tmp_path / "list.csv", event, encoding="utf-8")


def test_a_missing_quotation_mark_is_an_error_and_hides_no_rows(event: Event, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text('Name,Company\nAnn,"ACME\nBob,x\nCid,y\n')
    with pytest.raises(ListError, match="the record at line 2 is not valid CSV"):
        read(path, event)


def test_rows_are_counted_as_a_spreadsheet_does(event: Event, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text('sep=;\n\n"My list";\nName;E-Mail\n"Ann\nBee";a@x.org\n;b@x.org\n\n7;c@x.org\n')
    found = read(path, event)
    assert names(found) == ["Ann Bee"]
    assert problems(found) == [(6, "name"), (8, "name")]


@pytest.mark.parametrize(
    ("headers", "row", "name"),
    [
        (("Vorname", "Name"), ("Anna", "Müller"), "Anna Müller"),
        (("Name", "Vorname"), ("Müller", "Anna"), "Anna Müller"),
        (("Name", "First name"), ("Anna Müller", "Anna"), "Anna Müller"),
        (("Prénom", "Nom de famille"), ("Zoé", "Lefèvre"), "Zoé Lefèvre"),
        (("First", "Last", "Company"), ("Ann", "", "x"), "Ann"),
        (("Name", "First name", "Last name"), ("ann_m", "Anna", "Müller"), "Anna Müller"),
        (("Attendee #", "First name", "Last name"), ("Seven", "Anna", "Müller"), "Anna Müller"),
        (("姓名", "公司"), ("李小龍", "x"), "李小龍"),
    ],
)
def test_a_name_is_put_together_from_its_parts(
    headers: Sequence[str], row: Sequence[str], name: str, event: Event, tmp_path: Path
) -> None:
    assert names(read(write_csv(tmp_path / "list.csv", [headers, row]), event)) == [name]


def test_the_user_can_name_columns_by_header_and_by_number(event: Event, tmp_path: Path) -> None:
    rows = [["Who", "Works at", "Works at", "Table number"], ["Ann", "ACME", "Bees", "T 7"]]
    path = write_csv(tmp_path / "list.csv", rows)
    with pytest.raises(
        ListError, match=r'no column is known to be the name among Who, Works at.*--map name="HEADER"'
    ):
        read(path, event)
    with pytest.raises(ListError, match="use --map company=#2 or #3"):
        read(path, event, name="Who", company="Works at")
    with pytest.raises(ListError, match="the list has no such header"):
        read(path, event, name="Whom")
    with pytest.raises(ListError, match="there is no field 'nmae'"):
        read(path, event, nmae="Who")
    (person,) = read(path, event, name="who", company="#3").people
    assert (person.name, person.args["company"]) == ("Ann", "Bees")
    assert person.args["fields"] == {"table": "T 7"}


def test_a_repeated_header_is_ambiguous(event: Event, tmp_path: Path) -> None:
    rows = [["Name", "Company", "Company"], ["Ann", "ann@x.org", "ACME"]]
    found = read(write_csv(tmp_path / "list.csv", rows), event)
    assert [person.args["company"] for person in found.people] == [""]
    assert any(note.startswith("company: not read, since several columns") for note in found.notes)


def test_an_event_without_types_has_those_of_its_design(tmp_path: Path) -> None:
    (tmp_path / "my-conf.toml").write_text('name = "My Conf"')
    types = TypesOfTickets(load_event("my-conf", tmp_path), {}, ["guest", "press"])
    assert (types.lowest, types.of_text("PRESS"), types.of_text("speaker")) == ("guest", "press", None)


def test_a_type_of_only_the_design_is_the_lowest(event: Event) -> None:
    types = TypesOfTickets(event, {"Helper": "crew"}, ["crew", "speaker"])
    assert (types.slugs, types.lowest) == (("crew", "attendee", "sponsor", "speaker"), "attendee")
    assert (types.of_text("helper"), types.rank("crew") < types.rank("attendee")) == ("crew", True)


def test_tickets_have_the_types_of_the_event(event: Event, tmp_path: Path) -> None:
    tickets = ("Early bird", "Referent/in", "speaker", "VIP", "Gold", "Gold")
    rows = [
        ["Name", "Ticket type"],
        *([f"Person {chr(65 + at)}", ticket] for at, ticket in enumerate(tickets)),
    ]
    found = read(write_csv(tmp_path / "list.csv", rows), event, {"VIP": "sponsor"})
    types = [person.type for person in found.people]
    assert types == ["attendee", "speaker", "speaker", "sponsor", "attendee", "attendee"]
    assert found.untyped == {"Gold": 2}


def test_a_person_with_several_tickets_gets_the_highest_type(event: Event, tmp_path: Path) -> None:
    rows = [
        ["Name", "E-mail", "Ticket type", "Company", "Order"],
        ["Ann", "ann@x.org", "Early Bird", "ACME", "1"],
        ["ANN", "Ann@x.org", "speaker", "", "2"],
        ["Ann", "other@x.org", "Early Bird", "", "3"],
    ]
    found = read(write_csv(tmp_path / "list.csv", rows), event)
    assert [(person.type, person.args["company"]) for person in found.people] == [
        ("speaker", "ACME"),
        ("attendee", ""),
    ]
    assert found.left_out == {"the same person as row 2": 1}


def test_five_identical_people_of_one_order_are_unassigned_tickets(event: Event, tmp_path: Path) -> None:
    rows = [["Name", "E-mail", "Order"], *(["Ann", "ann@x.org", "7"] for _ in range(5))]
    found = read(write_csv(tmp_path / "list.csv", rows), event)
    assert names(found) == ["Ann"]
    assert problems(found) == [(row, "name") for row in (3, 4, 5, 6)]
