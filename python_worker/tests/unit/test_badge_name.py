"""An attendee's badge name is printed larger than anything else, and the name is still complete."""

from pathlib import Path

import pytest

from badge_forge.attendee import Attendee
from badge_forge.checks.contract_order import conclusion, contract_changes
from badge_forge.errors import InputError
from badge_forge.rendering.geometry import places
from badge_forge.rendering.renderer import LaidOut, Renderer
from helpers import badge_args, make_design, schema, shipped_design, text_of

DESIGNS = ("conf-4x6", "a6", "card-86x54", "fold-a5")

LONG = "María de la Concepción Hernández-Fernández y Rodríguez de la Torre Villanueva"

BADGE_NAMES = [
    "Ally",
    "The Accordionist Formerly Known as Eliza",
    "WWWWWWWW WWWWWWWW WWWWWWWW WWWWWWWW WWWW",
    "W" * 40,
    "王" * 20,
    "王小明",
    "محمد المعروف بأبي علي",
    "👩\u200d💻 Ada",
    "x",
]


def attendee(**changes: object) -> Attendee:
    texts = {
        "title": "Principal Engineer for Storage and Queues",
        "company": "Hebridean Distributed Systems and Sons",
        "pronouns": "they/them",
    }
    return Attendee.from_args(badge_args(**(texts | changes)))


def sizes(laid_out: LaidOut) -> dict[str, float]:
    return {fit.what: fit.size_pt for fit in laid_out.fits}


@pytest.fixture(scope="module", params=DESIGNS)
def renderer(request: pytest.FixtureRequest) -> Renderer:
    return Renderer(shipped_design(request.param))


ROUND_IT = ("the event's name", "the type")
"""What is not about the person, and may be larger."""


@pytest.mark.parametrize("badge_name", BADGE_NAMES)
@pytest.mark.parametrize("name", ["Dr. Ada Lovelace", LONG])
def test_the_badge_name_is_the_largest_text_and_the_name_is_below(
    renderer: Renderer, badge_name: str, name: str
) -> None:
    badge = attendee(name=name, badge_name=badge_name)
    laid_out = renderer.lay_out(badge)
    found = list(places(laid_out.document))
    assert all(place.rectangle.within(box) for place in found for box in place.containers)
    others = sizes(laid_out)
    largest = others.pop("the badge name")
    assert largest > max(size_pt for what, size_pt in others.items() if what not in ROUND_IT)
    rendered = renderer.write(laid_out, badge)
    assert not rendered.shortened
    assert name.replace(" ", "") in text_of(rendered.pdf).replace(" ", "")


def test_a_badge_name_that_is_the_name_is_printed_once(renderer: Renderer) -> None:
    fits = sizes(renderer.lay_out(attendee(name="Prince Nelson", badge_name=" Prince  Nelson")))
    assert "the name" in fits
    assert "the badge name" not in fits


def test_a_design_without_badge_names_prints_it_instead_of_the_given_name(tmp_path: Path) -> None:
    renderer = Renderer(make_design(tmp_path, "{{ attendee.given_name }}, {{ attendee.name }}"))
    assert "Ally, Dr. Ada Lovelace" in text_of(
        renderer.render(attendee(name="Dr. Ada Lovelace", badge_name="Ally")).pdf
    )
    assert "Ada, Dr. Ada" in text_of(renderer.render(attendee(name="Dr. Ada Lovelace")).pdf)


@pytest.mark.parametrize("text", ["\u3164", "\u115f\u2800", "\ufff9"])
def test_a_badge_name_that_prints_nothing_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"^badge_name: should not be blank"):
        attendee(badge_name=text)


def test_the_worker_is_deployed_before_the_app_that_sends_badge_names() -> None:
    new = schema("generate_badge")
    fields = {field: rule for field, rule in new["properties"].items() if field != "badge_name"}
    found = list(
        contract_changes({"generate_badge": new | {"properties": fields}}, {"generate_badge": new})
    )
    deployable, line = conclusion(found)
    assert deployable
    assert line.endswith("the Python worker first")
