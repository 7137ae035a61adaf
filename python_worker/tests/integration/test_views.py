"""Views read the state of the queues from the table, whichever language created it, within bounds."""

import io
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import psycopg
import pypdfium2
import pytest
from PIL import Image
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from badge_forge import registry
from badge_forge.database.embedded import EmbeddedDatabase
from badge_forge.database.migrations import migrate
from badge_forge.database.roles import Role, prepare_roles, role_url
from badge_forge.jobs.statements import statement
from badge_forge.jobs.wire import PRINT_CENTER
from badge_forge.views import progress
from badge_forge.views.feed import Outage, follow
from badge_forge.views.pictures import Pictures
from badge_forge.views.progress import Throughput
from badge_forge.views.snapshot import Snapshot
from badge_forge.views.table import Table
from helpers import badge_args, enqueue

PRINTING = {"queue": "printing", "worker": "BadgeForge.PrintCenter"}


@pytest.fixture
async def viewer(database_url: str) -> AsyncIterator[AsyncConnection]:
    """A connection with the role that can only read."""
    url = role_url(database_url, Role.DASH)
    async with await AsyncConnection.connect(url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def attendee_pdf() -> bytes:
    document = pypdfium2.PdfDocument.new()
    document.new_page(300, 450)
    pdf = io.BytesIO()
    document.save(pdf)
    return pdf.getvalue()


async def take(connection: AsyncConnection) -> Snapshot:
    table = await Table.inspect(connection)
    assert table
    return await Snapshot.take(connection, table)


def finish(
    connection: psycopg.Connection, count: int, state: str = "completed", **columns: object
) -> None:
    """Insert finished jobs of the queue badges."""
    connection.execute(
        f"INSERT INTO oban_jobs (queue, worker, state, args, errors, {state}_at, attempted_at)"
        " SELECT 'badges', 'badge_forge.generator.GenerateBadge', %s::oban_job_state, %s, %s,"
        " timezone('UTC', now()), timezone('UTC', now()) - interval '2 s'"
        " FROM generate_series(1, %s)".encode(),
        [state, Jsonb(columns.get("args", badge_args())), columns.get("errors", []), count],
    )


async def test_a_snapshot_counts_jobs_by_queue_and_state(
    connection: psycopg.Connection, viewer: AsyncConnection
) -> None:
    enqueue(connection, *[badge_args() for _ in range(3)])
    enqueue(connection, badge_args(), state="executing")
    enqueue(connection, badge_args(), **PRINTING)
    snapshot = await take(viewer)
    assert snapshot.queues() == ["badges", "printing"]
    assert snapshot.jobs("badges", "available") == 3
    assert snapshot.jobs("badges", "available", "executing") == 4
    assert snapshot.jobs("printing", "available") == 1
    assert not any(count.estimated for count in snapshot.counts)


async def test_counts_above_50_000_are_estimated(
    connection: psycopg.Connection, viewer: AsyncConnection
) -> None:
    finish(connection, 60_000)
    enqueue(connection, badge_args())
    connection.execute("ANALYZE oban_jobs")
    counts = {count.state: count for count in (await take(viewer)).counts}
    assert counts["completed"].estimated
    assert counts["completed"].jobs == pytest.approx(60_000, rel=0.05)
    assert (counts["available"].jobs, counts["available"].estimated) == (1, False)


async def test_counting_reads_few_pages_of_a_large_table(
    connection: psycopg.Connection, viewer: AsyncConnection
) -> None:
    finish(connection, 60_000)
    connection.execute("VACUUM ANALYZE oban_jobs")
    explain = b"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + statement("badge_forge.views", "counts")
    row = await (await viewer.execute(explain, {"own": registry.names()})).fetchone()
    assert row
    plan = row[0][0]["Plan"]
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 200


async def test_counting_stops_where_the_statistics_are_out_of_date(
    connection: psycopg.Connection, viewer: AsyncConnection
) -> None:
    connection.execute("ALTER TABLE oban_jobs SET (autovacuum_enabled = false)")
    finish(connection, 60_000)
    (count,) = (await take(viewer)).counts
    assert (count.jobs, count.estimated) == (50_001, True)


async def test_badges_are_counted_however_many_other_queues_there_are(
    connection: psycopg.Connection, viewer: AsyncConnection
) -> None:
    enqueue(connection, badge_args())
    connection.execute(
        "INSERT INTO oban_jobs (queue, worker) SELECT 'a' || number, 'Other'"
        " FROM generate_series(1, 1000) AS number"
    )
    snapshot = await take(viewer)
    assert snapshot.jobs("badges", "available") == 1
    assert len(snapshot.counts) <= 216


async def test_a_snapshot_has_throughput_and_time_to_empty(
    connection: psycopg.Connection, viewer: AsyncConnection
) -> None:
    assert (await take(viewer)).time_to_empty_s("badges") == 0
    enqueue(connection, *[badge_args() for _ in range(10)])
    assert (await take(viewer)).time_to_empty_s("badges") is None
    finish(connection, 120)
    connection.execute(
        "UPDATE oban_jobs SET completed_at = timezone('UTC', now()) - interval '59 seconds'"
        " WHERE id = (SELECT max(id) FROM oban_jobs)"
    )
    snapshot = await take(viewer)
    assert snapshot.per_second("badges") == pytest.approx(2, rel=0.1)
    assert snapshot.time_to_empty_s("badges") == pytest.approx(5, rel=0.1)
    assert len(snapshot.latest) == 50
    assert snapshot.latest[0].name == "Ada Lovelace"
    assert snapshot.latest[0].duration_s == pytest.approx(2)


async def test_a_run_that_has_just_begun_has_the_rate_since_its_beginning(
    connection: psycopg.Connection, viewer: AsyncConnection
) -> None:
    finish(connection, 120)
    row = (await take(viewer)).throughput[0]
    assert row.jobs == 120
    assert row.within_s >= 0
    assert row.model_copy(update={"within_s": 1}).per_second == 12  # ten seconds at least
    assert row.model_copy(update={"within_s": 20}).per_second == 6


async def test_why_jobs_wait_for_their_next_attempt_is_no_failure_yet(
    connection: psycopg.Connection, viewer: AsyncConnection
) -> None:
    ids = enqueue(connection, *[badge_args() for _ in range(201)], attempt=1, state="retryable")
    connection.execute(
        "UPDATE oban_jobs SET attempted_at = timezone('UTC', now()), errors = ARRAY[%s]",
        [Jsonb({"error": "StorageError: cannot write /b/a.pdf: No space left on device"})],
    )
    snapshot = await take(viewer)
    assert snapshot.failures == []
    (group,) = snapshot.retrying
    assert (group.jobs, group.state) == (200, "retryable")
    assert set(group.ids) < set(ids)


async def test_prints_that_wait_for_a_printer_are_grouped_by_what_it_says(
    connection: psycopg.Connection, viewer: AsyncConnection
) -> None:
    ids = enqueue(
        connection,
        *[badge_args() for _ in range(4)],
        queue="printing",
        state="scheduled",
        worker=PRINT_CENTER,
    )
    connection.execute("UPDATE oban_jobs SET attempted_at = timezone('UTC', now())")
    for job_id, meta in zip(
        ids, (*["desk-1: paper jam"] * 2, "desk-2: out of paper", None), strict=True
    ):
        connection.execute(
            "UPDATE oban_jobs SET meta = %s WHERE id = %s", [Jsonb({"held_up": meta}), job_id]
        )
    snapshot = await take(viewer)
    assert (snapshot.failures, snapshot.retrying) == ([], [])
    assert [(group.jobs, group.reason) for group in snapshot.held_up] == [
        (2, "desk-1: paper jam"),
        (1, "desk-2: out of paper"),
    ]


async def test_what_the_print_center_returned_tells_causes_apart(
    connection: psycopg.Connection, viewer: AsyncConnection
) -> None:
    for said in ("path: no such file, got: /a/1.pdf", "path: no such file, got: /b/2.pdf", "sha256: no"):
        error = f'** (Oban.PerformError) BadgeForge.PrintCenter failed with {{:cancel, "{said}"}}'
        finish(connection, 1, "cancelled", errors=[Jsonb({"error": error})])
    failures = (await take(viewer)).failures
    assert [(failure.jobs, failure.reason.partition(",")[0]) for failure in failures] == [
        (2, "path: no such file"),
        (1, "sha256: no"),
    ]


async def test_failures_of_one_cause_are_one_group(
    connection: psycopg.Connection, viewer: AsyncConnection
) -> None:
    for number in range(3):
        error = f"Traceback:\n  …\nInputError: name should have at most 200 characters, got {number}"
        finish(connection, 1, "cancelled", errors=[Jsonb({"error": error})])
    finish(connection, 1, "discarded", errors=[Jsonb({"error": "** (File.Error) no space\n  lib/x.ex"})])
    finish(connection, 1, "discarded")
    failures = (await take(viewer)).failures
    assert [(failure.jobs, failure.state) for failure in failures] == [
        (3, "cancelled"),
        (1, "discarded"),
        (1, "discarded"),
    ]
    assert failures[0].reason == "InputError: name should have at most 200 characters, got 2"
    assert len(failures[0].ids) == 3
    assert {failure.reason for failure in failures[1:]} == {"** (File.Error) no space", ""}


async def test_nodes_are_those_that_report_and_those_that_run_jobs(
    connection: psycopg.Connection, viewer: AsyncConnection
) -> None:
    connection.execute(
        "INSERT INTO oban_producers (uuid, node, queue, meta, updated_at) VALUES"
        " (gen_random_uuid(), 'alive', 'badges', '{\"paused\": true, \"local_limit\": 4}',"
        " timezone('UTC', now())),"
        " (gen_random_uuid(), 'dead', 'printing', '{}', timezone('UTC', now()) - interval '1 minute')"
    )
    enqueue(connection, badge_args(), state="executing", attempted_by=["alive", "uuid"])
    enqueue(connection, badge_args(), state="executing", attempted_by=["unseen"], **PRINTING)
    nodes = {node.node: node for node in (await take(viewer)).nodes}
    assert (nodes["alive"].executing, nodes["alive"].paused, nodes["alive"].job_limit) == (1, True, 4)
    assert not nodes["alive"].silent
    assert nodes["dead"].silent
    assert (nodes["unseen"].executing, nodes["unseen"].seen_ago_s) == (1, None)


async def test_a_table_that_oban_for_elixir_alone_created_has_counts_and_failures(
    empty_database_url: str,
) -> None:
    async with await AsyncConnection.connect(empty_database_url, autocommit=True) as connection:
        assert await Table.inspect(connection) is None
        migrate(empty_database_url)
        await connection.execute("DROP INDEX oban_jobs_completed_at_index; DROP TABLE oban_producers")
        await connection.execute(
            "INSERT INTO oban_jobs (worker, state, attempted_by, cancelled_at) VALUES"
            " ('MyApp.Mailer', 'executing', ARRAY['web.1'], NULL),"
            " ('MyApp.Mailer', 'cancelled', ARRAY['web.1'], now())"
        )
        table = await Table.inspect(connection)
        assert table == Table(has_producers=False, has_completed_at_index=False, has_pauses=True)
        snapshot = await Snapshot.take(connection, table)
    assert [(count.queue, count.state) for count in snapshot.counts] == [
        ("default", "cancelled"),
        ("default", "executing"),
    ]
    assert [node.node for node in snapshot.nodes] == ["web.1"]
    assert len(snapshot.failures) == 1


async def test_a_row_with_a_time_that_cannot_be_read_is_left_out(
    connection: psycopg.Connection, viewer: AsyncConnection
) -> None:
    # Other applications' tables have no such constraints.
    for name in ("attempted_at", "completed_at", "cancelled_at"):
        connection.execute(f"ALTER TABLE oban_jobs DROP CONSTRAINT {name}_is_loadable".encode())
    for moment in ("infinity", "-infinity", "0044-03-15 BC", "20000-01-01"):
        for state in ("completed", "cancelled"):
            connection.execute(
                f"INSERT INTO oban_jobs (worker, state, {state}_at) VALUES ('x', %s, %s)".encode(),
                [state, moment],
            )
    finish(connection, 1)
    connection.execute("UPDATE oban_jobs SET attempted_at = '-infinity' WHERE queue = 'badges'")
    snapshot = await take(viewer)
    assert [(job.queue, job.duration_s) for job in snapshot.latest] == [("badges", None)]
    assert snapshot.failures == []


async def test_what_a_node_reports_wrongly_is_left_out(
    connection: psycopg.Connection, viewer: AsyncConnection
) -> None:
    connection.execute(
        "INSERT INTO oban_producers (uuid, node, queue, meta) VALUES"
        " (gen_random_uuid(), 'n', 'badges', '{\"renderers\": [1], \"local_limit\": \"4\"}')"
    )
    (node,) = (await take(viewer)).nodes
    assert (node.renderers, node.job_limit) == (None, None)


async def test_a_feed_takes_a_view_after_an_insert_without_waiting_for_its_interval(
    database_url: str, connection: psycopg.Connection
) -> None:
    # An hour: only the notification can end the wait.
    async with aclosing(follow(database_url, take, interval_s=3600)) as views:
        first = await anext(views)
        assert isinstance(first, Snapshot)
        enqueue(connection, badge_args())
        connection.execute("SELECT pg_notify('public.oban_insert', '{}')")
        second = await anext(views)
        assert isinstance(second, Snapshot)
        assert second.jobs("badges", "available") == 1


async def test_a_feed_that_takes_much_cpu_waits_longer(database_url: str) -> None:
    def work() -> None:
        until = time.process_time() + 0.1
        while time.process_time() < until:
            pass

    async with aclosing(follow(database_url, take, interval_s=0.0, least_s=0.0, share=0.1)) as views:
        await anext(views)
        started_at = time.monotonic()
        work()
        await anext(views)
        assert time.monotonic() - started_at >= 0.8  # 0.1 s is a tenth of a second


async def test_a_feed_reports_an_outage_and_recovers(own_server: EmbeddedDatabase) -> None:
    migrate(own_server.url)
    prepare_roles(own_server.url)
    async with aclosing(follow(role_url(own_server.url, Role.DASH), take)) as views:
        assert isinstance(await anext(views), Snapshot)
        own_server.stop()
        outage = next(
            view for view in [await anext(views), await anext(views)] if isinstance(view, Outage)
        )
        assert "does not answer" in outage.message
        own_server.start()
        while isinstance(await anext(views), Outage):
            pass


async def test_a_feed_reports_a_database_that_hangs(own_server: EmbeddedDatabase) -> None:
    migrate(own_server.url)
    prepare_roles(own_server.url)
    url = role_url(own_server.url, Role.DASH)

    async def hang(connection: AsyncConnection) -> None:
        await connection.execute("SELECT pg_sleep(3600)")

    async with aclosing(follow(url, hang, answer_timeout_s=0.5)) as views:
        outage = await anext(views)
    assert isinstance(outage, Outage)
    assert "does not answer" in outage.message


async def test_a_clock_that_is_ahead_does_not_end_the_throughput(
    connection: psycopg.Connection, viewer: AsyncConnection
) -> None:
    throughput = Throughput()
    finish(connection, 1)
    connection.execute("UPDATE oban_jobs SET completed_at = completed_at + interval '1 hour'")
    await throughput.look(viewer)
    finish(connection, 3)
    await throughput.look(viewer)
    assert sum(throughput.rendered()) == 3


async def test_a_batch_never_has_more_printed_badges_than_badges(
    connection: psycopg.Connection, viewer: AsyncConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "SCANNED", 5)
    badges = [badge_args() for _ in range(4)]
    enqueue(connection, *badges, meta=Jsonb({"batch_id": "big"}))
    enqueue(connection, *badges, **PRINTING, meta=Jsonb({"batch_id": "big"}))
    connection.execute(
        "UPDATE oban_jobs SET state = 'completed', completed_at = timezone('UTC', now())"
        " WHERE queue = 'printing'"
    )
    found = await progress.batches(viewer)
    assert [(batch.total, batch.printed) for batch in found.batches] == [(4, 4)]
    assert not found.complete


def test_a_picture_is_rendered_once_and_again_when_its_pdf_changes(
    tmp_path: Path, attendee_pdf: bytes
) -> None:
    pdf = tmp_path / "badges" / "ada.pdf"
    pdf.parent.mkdir()
    pdf.write_bytes(attendee_pdf)
    pictures = Pictures(pdf.parent, tmp_path / "cache")
    picture = pictures.webp("ada.pdf", 200)
    assert Image.open(io.BytesIO(picture)).width == 200
    (cached,) = (tmp_path / "cache").iterdir()
    other = io.BytesIO()
    Image.new("RGB", (1, 1)).save(other, "WEBP")
    cached.write_bytes(other.getvalue())
    assert pictures.webp("ada.pdf", 200) == other.getvalue()
    cached.write_bytes(picture[:-1])
    assert pictures.webp("ada.pdf", 200) == picture
    pdf.unlink()
    pdf.write_bytes(attendee_pdf)
    assert pictures.webp("ada.pdf", 200) == picture


def test_the_cache_of_pictures_is_bounded(tmp_path: Path, attendee_pdf: bytes) -> None:
    cache = tmp_path / "cache"
    (tmp_path / "ada.pdf").write_bytes(attendee_pdf)
    size = len(Pictures(tmp_path, tmp_path / "other").webp("ada.pdf", 200))
    pictures = Pictures(tmp_path, cache, cache_bytes=10 * size)
    for number in range(40):
        pdf = tmp_path / f"{number}.pdf"
        pdf.write_bytes(attendee_pdf)
        pictures.webp(pdf.name, 200)
        assert sum(path.stat().st_size for path in cache.iterdir()) <= 10 * size
    assert any(path.name.startswith("39-") for path in cache.iterdir())


@pytest.mark.parametrize("name", ["../secret.pdf", "folder/ada.pdf", "ada.txt", "", ".."])
def test_only_pdfs_in_the_badges_folder_have_pictures(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is not the name of a PDF"):
        Pictures(tmp_path, tmp_path / "cache").webp(name, 200)


def test_a_link_or_a_broken_pdf_has_no_picture(tmp_path: Path) -> None:
    pictures = Pictures(tmp_path, tmp_path / "cache")
    (tmp_path / "link.pdf").symlink_to("/etc/passwd")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 torn")
    with pytest.raises(OSError, match="symbolic link"):
        pictures.webp("link.pdf", 200)
    with pytest.raises(ValueError, match="cannot be read"):
        pictures.webp("broken.pdf", 200)
    (tmp_path / "pageless.pdf").write_bytes(
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[9 0 R]/Count 1>>endobj\ntrailer<</Root 1 0 R>>"
    )
    with pytest.raises(ValueError, match="cannot be read"):
        pictures.webp("pageless.pdf", 200)


@pytest.mark.parametrize("blurred", [False, True])
def test_a_page_of_gigapixels_has_no_picture(blurred: bool, tmp_path: Path) -> None:
    document = pypdfium2.PdfDocument.new()
    document.new_page(1, 14_400)
    document.save(tmp_path / "long.pdf")
    with pytest.raises(ValueError, match="too long for a picture"):
        Pictures(tmp_path, tmp_path / "cache").webp("long.pdf", 960, blurred)
