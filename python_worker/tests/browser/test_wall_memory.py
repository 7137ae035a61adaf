"""The page's memory stays bounded, however many badges appear."""

from collections.abc import Callable

import psycopg
import pytest
from playwright.sync_api import CDPSession, Page, expect

from browser.walls import Wall

FEW, MANY, STEP = 500, 10_000, 250

INSERT = """
WITH badges AS (
    INSERT INTO oban_jobs (state, queue, worker, args, attempt, attempted_at, completed_at)
    SELECT 'completed', 'badges', 'badge_forge.generator.GenerateBadge',
        jsonb_build_object('id', gen_random_uuid(), 'name', 'Ada Lovelace ' || number,
                           'company', 'Analytical', 'type', 'speaker'),
        1, timezone('UTC', clock_timestamp()), timezone('UTC', clock_timestamp())
    FROM generate_series(%(first)s::int, %(last)s::int) AS number
    RETURNING args
)
INSERT INTO oban_jobs (state, queue, worker, args, attempt, attempted_at, completed_at)
SELECT 'completed', 'printing', 'BadgeForge.PrintCenter', args, 1, timezone('UTC', clock_timestamp()),
    timezone('UTC', clock_timestamp())
FROM badges
"""


def heap_bytes(devtools: CDPSession) -> float:
    """Return the size of the page's JavaScript heap after garbage was collected."""
    for _ in range(3):
        devtools.send("HeapProfiler.collectGarbage")
    metrics = devtools.send("Performance.getMetrics")["metrics"]
    return float(next(each["value"] for each in metrics if each["name"] == "JSHeapUsedSize"))


@pytest.mark.long
def test_10_000_badges_take_at_most_one_and_a_half_times_the_memory_of_500(
    wall: Wall, connection: psycopg.Connection, open_page: Callable[..., Page]
) -> None:
    page = open_page(wall.url, expected=("Failed to load resource",))  # there are no PDFs
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")
    heaps = {}
    for last in range(STEP, MANY + 1, STEP):
        connection.execute(INSERT, {"first": last - STEP + 1, "last": last})
        connection.execute("SELECT pg_notify('public.oban_insert', '{\"queue\":\"printing\"}')")
        expect(page.locator("#printed-count")).to_have_text(f"{last:,}")
        newest = page.get_by_role("button", name=f"Ada Lovelace {last}, ")
        expect(newest).to_be_visible()
        if last in (FEW, MANY):
            heaps[last] = heap_bytes(devtools)
    assert heaps[MANY] <= 1.5 * heaps[FEW]
