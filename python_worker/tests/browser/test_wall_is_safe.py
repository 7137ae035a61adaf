"""Text in rows never becomes part of the page, and `--names` holds everywhere."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from psycopg.types.json import Jsonb

from browser.desk import Desk
from browser.page import badges, choice, labels, names
from browser.walls import Wall
from helpers import eventually

OpenPage = Callable[..., Page]

MARKUP = [
    "<script>window.ran = 1</script>",
    "<img src=x onerror='window.ran = 1'>",
    '"><svg onload="window.ran = 1">',
    "javascript:window.ran=1",
    "{{7*7}}${window.ran=1}",
    "</ul></main><h1 id=injected>",
    "<style>*{display:none}</style>",
    "&lt;b&gt;&amp;",
    "‮<b>evil</b>",
]


def elements(page: Page) -> set[str]:
    """Return the kinds of elements of the page, with their ids."""
    return set(
        page.evaluate("[...document.querySelectorAll('*')].map(each => `${each.localName}#${each.id}`)")
    )


@pytest.mark.parametrize("wall_options", [["--allow-actions"]])
def test_markup_in_names_companies_and_reasons_is_text(
    wall: Wall, desk: Desk, open_page: OpenPage
) -> None:
    def add(text: str) -> None:
        error = {"at": "2026-11-29T05:00:00Z", "attempt": 1, "error": f"InputError: name: {text}"}
        common: dict[str, Any] = {"name": text, "company": text, "title": text}
        desk.add("printed", **common, meta=Jsonb({"batch_id": text}))
        desk.add("failed", **common, errors=[Jsonb(error)])

    add("Ada Lovelace")
    page = open_page(wall.url)
    choice(page, "State").select_option(value="failed")
    eventually(lambda: names(page) == ["Ada Lovelace"])
    badges(page).click()
    expect(page.get_by_role("dialog")).to_contain_text("InputError")
    plain = elements(page)
    page.keyboard.press("Escape")
    for text in MARKUP:
        add(text)
    eventually(lambda: len(names(page)) == len(MARKUP) + 1)
    assert set(names(page)) >= {" ".join(text.split()) for text in MARKUP if "‮" not in text}
    for card in badges(page).all():
        card.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        expect(page.get_by_role("dialog")).to_contain_text("InputError")
        assert elements(page) <= plain
        page.keyboard.press("Escape")
    assert page.evaluate("window.ran") is None


def test_values_of_any_kind_in_args_break_nothing(wall: Wall, desk: Desk, open_page: OpenPage) -> None:
    desk.add("printed", name="Ada Lovelace")
    hostile = [{}, {"id": 5}, {"id": None, "name": ["Ada"], "type": {"a": 1}}, {"name": "x" * 100_000}]
    for args in hostile:
        for state in ("completed", "cancelled"):
            desk.add_row(args, state)
    page = open_page(wall.url, expected=("404",))  # they have no PDFs
    eventually(lambda: "Ada Lovelace" in names(page))
    desk.add("printed", name="Grace Hopper")
    eventually(lambda: "Grace Hopper" in names(page))


@pytest.mark.parametrize("wall_options", [["--names", "none"], ["--names", "first"]])
def test_a_wall_for_a_public_screen_tells_no_family_name_or_company(
    wall: Wall, desk: Desk, open_page: OpenPage
) -> None:
    error = {"at": "2026-11-29T05:00:00Z", "attempt": 1, "error": "InputError: name: got 'Lovelace'"}
    args = desk.add("printed", company="Analytical")
    desk.add("failed", company="Analytical", errors=[Jsonb(error)])
    page = open_page(wall.url, expected=("Failed to load resource",))
    received: list[str] = []
    page.on("response", lambda response: received.append(response.url))
    eventually(lambda: labels(page))
    badges(page).first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    for said in (page.content(), json.dumps(labels(page))):
        assert "Lovelace" not in said
        assert "Analytical" not in said
    for path in (f"/api/badges/{args['id']}", "/api/badges?limit=10", "/metrics"):
        body = page.request.get(f"{wall.url}{path}").text()
        assert "Lovelace" not in body
        assert "Analytical" not in body
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"{wall.url}/badges/{args['id']}/pdf")
