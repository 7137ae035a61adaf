"""The wall's server: lists, events, pictures and actions on a real table, without a browser."""

import io
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from PIL import Image, ImageChops, ImageStat
from psycopg.types.json import Jsonb

from badge_forge.attendee import Attendee
from badge_forge.database.embedded import EmbeddedDatabase
from badge_forge.database.migrations import migrate
from badge_forge.database.roles import Role, prepare_roles, role_url
from badge_forge.rendering.renderer import Renderer
from badge_forge.storage import Storage
from badge_forge.wall.broadcast import MOST_BADGES
from badge_forge.wall.live import CHANGED_JOBS
from helpers import badge_args, command, enqueue, eventually, running, shipped_design
from wall_client import WallClient, state_where, wall_running

PRINTING = {"queue": "printing", "worker": "BadgeForge.PrintCenter"}
NOW = "timezone('UTC', clock_timestamp())"
HOSTILE = '<script>alert("x")</script> \u202e&amp;\u2028{{7*7}} \'; DROP TABLE oban_jobs; --'


@pytest.fixture(scope="module")
def pdf() -> bytes:
    """A badge on which "Ada Lovelace" can be read."""
    return Renderer(shipped_design("conf-4x6")).render(Attendee.from_args(badge_args())).pdf


@pytest.fixture
def dash_url(database_url: str) -> str:
    return role_url(database_url, Role.DASH)


@pytest.fixture
def options() -> dict[str, Any]:
    """Options of the wall. A test can parametrize them."""
    return {}


@pytest.fixture
def wall(
    dash_url: str, badges_dir: Path, tmp_path: Path, options: dict[str, Any]
) -> Iterator[WallClient]:
    with wall_running(dash_url, badges_dir, tmp_path / "wall", **options) as client:
        eventually(lambda: client.get("/healthz").status == 200)
        client.seen.clear()
        yield client


@pytest.fixture
def acting(dash_url: str, worker_url: str, badges_dir: Path, tmp_path: Path) -> Iterator[WallClient]:
    """A wall that allows actions."""
    with wall_running(dash_url, badges_dir, tmp_path / "wall", writing_url=worker_url) as client:
        eventually(lambda: client.get("/healthz").status == 200)
        yield client


def finish(connection: psycopg.Connection, job_id: int, state: str = "completed") -> None:
    """End a job now, and notify as Oban does on an insert."""
    connection.execute(
        f"UPDATE oban_jobs SET state = %s, {state}_at = {NOW}, attempt = 1,"
        f" attempted_at = {NOW} - interval '1 second' WHERE id = %s".encode(),
        [state, job_id],
    )
    connection.execute("SELECT pg_notify('public.oban_insert', '{}')")


@pytest.fixture
def make(connection: psycopg.Connection, badges_dir: Path, pdf: bytes) -> Callable[..., dict[str, Any]]:
    """Return a function that makes a badge as the applications do: rendered, and perhaps printed."""

    def make_badge(printed: bool = False, meta: Any = None, **changes: Any) -> dict[str, Any]:
        args = badge_args(**changes)
        meta = Jsonb(meta or {})
        (job_id,) = enqueue(connection, args, meta=meta)
        path = Storage(badges_dir).write(Attendee.from_args(args), pdf)
        finish(connection, job_id)
        confirmed = {"id": args["id"], "name": args["name"], "file": path.name, "sha256": "0" * 64}
        (print_id,) = enqueue(connection, confirmed, **PRINTING, meta=meta)
        if printed:
            finish(connection, print_id)
        return args

    return make_badge


def rendered(connection: psycopg.Connection, count: int, name: str, seconds_ago: str) -> None:
    """Insert badges, whose `name` and age are SQL expressions of their `number`."""
    connection.execute(
        f"""
        INSERT INTO oban_jobs (queue, worker, state, args, completed_at)
        SELECT
            'badges', 'badge_forge.generator.GenerateBadge', 'completed',
            jsonb_build_object(
                'id', gen_random_uuid(), 'name', {name}, 'company', '', 'type', 'speaker'
            ),
            {NOW} - make_interval(secs => {seconds_ago})
        FROM generate_series(1, {count}) AS number
        """.encode()
    )


def fail(connection: psycopg.Connection, args: dict[str, Any], error: str) -> int:
    entry = {"at": "2026-11-29T05:00:00Z", "attempt": 1, "error": error}
    (job_id,) = enqueue(connection, args)
    finish(connection, job_id, "cancelled")
    connection.execute("UPDATE oban_jobs SET errors = ARRAY[%s] WHERE id = %s", [Jsonb(entry), job_id])
    return job_id


Make = Callable[..., dict[str, Any]]


# --- lists


def test_a_list_has_the_newest_finished_badges_with_their_state(
    wall: WallClient, make: Make, connection: psycopg.Connection
) -> None:
    make(name="Ada Lovelace", printed=True, meta={"batch_id": "b1"})
    make(name="Grace Hopper", type="sponsor", design="a6")
    fail(connection, badge_args(name="Alan Turing"), "InputError: name: too long")
    enqueue(connection, badge_args(name="Not Yet"))
    alan, grace, ada = wall.badges()
    assert (ada["name"], ada["state"], ada["batch_id"]) == ("Ada Lovelace", "printed", "b1")
    assert ada["printed_at"] > ada["finished_at"]
    assert ada["duration_s"] == pytest.approx(1, abs=0.5)
    assert (grace["state"], grace["type"], grace["design"]) == ("rendered", "sponsor", "a6")
    assert (alan["name"], alan["state"], alan["has_pdf"]) == ("Alan Turing", "failed", False)


@pytest.mark.parametrize(
    ("badge", "printing", "state"),
    [
        ("available", None, "waiting"),
        ("scheduled", None, "waiting"),
        ("suspended", None, "waiting"),
        ("executing", None, "rendering"),
        ("retryable", None, "retrying"),
        ("completed", "available", "rendered"),
        ("completed", "retryable", "rendered"),
        ("completed", "executing", "printing"),
        ("completed", "completed", "printed"),
        ("completed", "discarded", "failed"),
        ("cancelled", None, "failed"),
    ],
)
def test_badges_are_listed_by_state(
    badge: str, printing: str | None, state: str, wall: WallClient, connection: psycopg.Connection
) -> None:
    args = badge_args()
    (badge_job,) = enqueue(connection, args, state=badge)
    if badge in ("completed", "cancelled"):
        finish(connection, badge_job, badge)
    if printing:
        (print_job,) = enqueue(connection, {"id": args["id"], "name": "x"}, state=printing, **PRINTING)
        if printing in ("completed", "discarded"):
            finish(connection, print_job, printing)
    others = {"waiting", "rendering", "retrying", "rendered", "printing", "printed", "failed"} - {state}
    (found,) = wall.badges(f"?state={state}")
    assert (found["id"], found["state"]) == (args["id"], state)
    assert not any(wall.badges(f"?state={other}") for other in others)


def test_filters_and_search_narrow_a_list(wall: WallClient, make: Make) -> None:
    make(name="Ada Lovelace", type="speaker", meta={"batch_id": "b1"})
    make(name="Grace Hopper", type="sponsor", design="a6")
    make(name="100 % _Turing_", type="attendee")
    assert wall.names("?type=speaker") == ["Ada Lovelace"]
    assert wall.names("?design=a6") == ["Grace Hopper"]
    assert wall.names("?design=conf-4x6&type=attendee") == ["100 % _Turing_"]
    assert wall.names("?batch=b1") == ["Ada Lovelace"]
    assert wall.names("?name=LOVE") == ["Ada Lovelace"]
    assert wall.names("?name=%25") == wall.names("?name=_T") == ["100 % _Turing_"]
    assert len(wall.names("?type=&design=&batch=&state=&name=&before=")) == 3


def test_pages_have_each_badge_once_while_new_ones_arrive(
    wall: WallClient, connection: psycopg.Connection
) -> None:
    rendered(connection, 95, "'Old ' || number", "number / 10")  # ten have the same time
    listed: list[str] = []
    following = ""
    while following is not None:
        page = wall.get(f"/api/badges?limit=10&before={following}").json()
        listed += [badge["name"] for badge in page["badges"]]
        following = page["next"]
        args = badge_args(name="New")
        finish(connection, enqueue(connection, args)[0])
    old = [name for name in listed if name != "New"]
    assert len(old) == 95
    assert set(old) == {f"Old {number}" for number in range(1, 96)}


def test_a_rare_badge_is_found_among_many(wall: WallClient, connection: psycopg.Connection) -> None:
    rendered(connection, 6000, "CASE number WHEN 5000 THEN 'Ada' ELSE 'Bob' END", "number")
    found, following, pages = [], "", 0
    while following is not None:
        page = wall.get(f"/api/badges?name=ada&before={following}").json()
        found += [badge["name"] for badge in page["badges"]]
        following, pages = page["next"], pages + 1
    assert found == ["Ada"]
    assert pages == 4


def test_a_badge_that_was_enqueued_twice_is_listed_once_by_its_newest_job(
    wall: WallClient, make: Make, connection: psycopg.Connection
) -> None:
    args = make(printed=True)
    (again,) = enqueue(connection, args)
    assert wall.badges() == []
    (waiting,) = wall.badges("?state=waiting")
    assert waiting["job_id"] == again
    finish(connection, again)
    (badge,) = wall.badges()
    assert (badge["job_id"], badge["state"]) == (again, "rendered")


@pytest.mark.parametrize(
    "query",
    [
        "?state=lost",
        "?limit=0",
        "?limit=201",
        "?limit=many",
        "?before=1",
        "?before=0_2026-99-01T00:00:00_1",
        "?unknown=1",
        "?name=a%00b",
        f"?name={'x' * 201}",
    ],
)
def test_a_wrong_query_is_refused_with_one_line(query: str, wall: WallClient) -> None:
    answer = wall.get(f"/api/badges{query}")
    assert answer.status == 422
    assert "\n" not in answer.json()["error"]


def test_hostile_rows_are_text_in_json(wall: WallClient, connection: psycopg.Connection) -> None:
    fail(connection, badge_args(name=HOSTILE, company=HOSTILE), f"InputError: name: got {HOSTILE}")
    rows: list[dict[str, Any]] = [
        {"id": 7, "name": ["x"]},
        {"id": "../../etc", "name": None},
        {},
        badge_args(name="x" * 5000),
    ]
    for args in rows:
        fail(connection, args, HOSTILE)
    badges = wall.badges()
    assert len(badges) == 5
    assert badges[-1]["name"] == badges[-1]["company"] == HOSTILE
    assert all(badge["id"].startswith("job-") for badge in badges[1:4])
    assert wall.get("/api/badges").headers["content-type"] == "application/json"
    with wall.events() as events:
        state = state_where(events, lambda state: state["counts"]["failed"] == 5)
        causes = [failure["cause"] for failure in state["failures"]]
        assert any(cause.startswith(HOSTILE[:20]) for cause in causes)
        assert all(cause.isprintable() for cause in causes)


# --- events


def test_a_new_client_gets_the_state_at_once(
    wall: WallClient, make: Make, connection: psycopg.Connection
) -> None:
    args = make(printed=True, meta={"batch_id": "b1"})
    again = {"id": args["id"], "name": args["name"]}
    (copy,) = enqueue(connection, again, **PRINTING, meta=Jsonb({"batch_id": "b1"}))
    finish(connection, copy)
    with wall.events() as events:
        state = state_where(events, lambda state: state["batches"])
    assert state["counts"]["printed"] == 2
    assert state["batches"] == [{"id": "b1", "total": 1, "printed": 1, "failed": 0}]
    assert sum(state["throughput"]["printed"]) == 2
    assert state["designs"] == ["conf-4x6"]
    assert state["types"] == ["speaker"]
    assert state["time_to_empty_s"] == 0


def test_each_client_gets_a_badge_when_it_is_rendered_and_printed(
    wall: WallClient, make: Make, connection: psycopg.Connection
) -> None:
    with wall.events() as first, wall.events() as second:
        assert [next(first)[0], next(second)[0]] == ["state", "state"]
        args = make()
        for events in (first, second):
            (badge,) = next(content for name, content in events if name == "badges")["badges"]
            assert (badge["id"], badge["state"], badge["name"]) == (
                args["id"],
                "rendered",
                "Ada Lovelace",
            )
        (print_id,) = (
            connection.execute(
                "UPDATE oban_jobs SET state = 'executing' WHERE queue = 'printing' RETURNING id"
            ).fetchone()
            or ()
        )
        finish(connection, print_id)
        for events in (first, second):
            badges = (content["badges"] for name, content in events if name == "badges")
            assert next(badge for batch in badges for badge in batch if badge["state"] == "printed")


def test_an_attempt_that_fails_is_told(wall: WallClient, connection: psycopg.Connection) -> None:
    with wall.events() as events:
        next(events)
        (job_id,) = enqueue(connection, badge_args(), state="executing")
        changes = (badge for name, content in events if name == "badges" for badge in content["badges"])
        assert next(changes)["state"] == "rendering"
        connection.execute("UPDATE oban_jobs SET state = 'retryable' WHERE id = %s", [job_id])
        assert next(changes)["state"] == "retrying"


def test_many_changes_are_one_event_of_bounded_size(
    wall: WallClient, connection: psycopg.Connection
) -> None:
    with wall.events() as events:
        next(events)
        rendered(connection, 250, "'Ada'", "0")
        content = next(content for name, content in events if name == "badges")
    assert len(content["badges"]) == MOST_BADGES
    assert content["more"] == 50


def test_missing_nodes_and_silent_nodes_are_told_in_words(
    wall: WallClient, connection: psycopg.Connection
) -> None:
    with wall.events() as events:
        state = state_where(events, lambda state: True)
        assert state["problems"] == [
            "No worker is running. Start one with `make worker`.",
            "No print center is running. Start one with `make iex`.",
        ]
        connection.execute(
            "INSERT INTO oban_producers (uuid, node, queue, updated_at) VALUES"
            f" (gen_random_uuid(), 'alive', 'badges', {NOW} + interval '1 hour'),"
            f" (gen_random_uuid(), 'dead', 'badges', {NOW} - interval '1 minute'),"
            f" (gen_random_uuid(), 'printer', 'printing', {NOW} + interval '1 hour')".encode()
        )
        state = state_where(events, lambda state: len(state["nodes"]) == 3)
        assert state["problems"] == [
            "The worker on dead does not report any more: it hangs or was killed."
        ]


def test_a_wall_without_tables_says_so_and_recovers(
    empty_database_url: str, badges_dir: Path, tmp_path: Path
) -> None:
    with (
        wall_running(empty_database_url, badges_dir, tmp_path / "wall") as wall,
        wall.events() as events,
    ):
        name, content = next(events)
        assert (name, "db migrate" in content["message"]) == ("outage", True)
        health = wall.get("/healthz")
        assert (health.status, "no tables" in health.json()["error"]) == (503, True)
        assert wall.get("/api/badges").status == 503
        migrate(empty_database_url)
        assert next(events)[0] == "state"
        assert wall.get("/api/badges").json() == {"badges": [], "next": None}


def test_an_outage_is_told_and_ends_by_itself(
    own_server: EmbeddedDatabase, badges_dir: Path, tmp_path: Path
) -> None:
    migrate(own_server.url)
    prepare_roles(own_server.url)
    own_server.stop()
    url = role_url(own_server.url, Role.DASH)
    # The wall can be started before its database.
    with wall_running(url, badges_dir, tmp_path / "wall") as wall, wall.events() as events:
        assert next(events)[0] == "outage"
        assert wall.get("/api/badges").json() == {"error": "the database does not answer"}
        own_server.start()
        assert next(events)[0] == "state"
        assert wall.get("/api/badges").status == 200
        own_server.stop()
        assert any(name == "outage" for name, _content in events)
        own_server.start()
        assert any(name == "state" for name, _content in events)
        assert wall.get("/api/badges").status == 200
    assert not any(b"postgresql:" in seen for seen in wall.seen)


def test_a_look_at_changes_reads_few_pages_of_a_large_table(connection: psycopg.Connection) -> None:
    rendered(connection, 20_000, "'Ada ' || number", "number")
    connection.execute("VACUUM ANALYZE oban_jobs")
    parameters = {"since": None, "known_ids": [], "known_at": [], "watched": [1, 2], "limit": 300}
    row = connection.execute(
        b"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + CHANGED_JOBS, parameters | {"default_design": "a6"}
    ).fetchone()
    assert row
    plan = row[0][0]["Plan"]
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 200


def test_a_row_that_cannot_be_read_does_not_end_the_wall(
    wall: WallClient, connection: psycopg.Connection, make: Make
) -> None:
    meta = {"renderers": ["not", "an", "object"], "local_limit": 10**300}
    connection.execute(
        "INSERT INTO oban_producers (uuid, node, queue, meta, updated_at)"
        f" VALUES (gen_random_uuid(), 'odd', 'badges', %s, {NOW} + interval '1 hour')".encode(),
        [Jsonb(meta)],
    )
    with wall.events() as events:
        state = state_where(events, lambda state: state["nodes"])
        assert state["nodes"][0]["renderers"] == {}
        make()
        assert any(name == "badges" for name, _content in events)


# --- pictures, PDFs and histories


def test_a_picture_is_served_and_cached(
    wall: WallClient, make: Make, tmp_path: Path, badges_dir: Path
) -> None:
    args = make()
    path = f"/badges/{args['id']}/picture?width=240"
    answer = wall.get(path)
    assert answer.headers["content-type"] == "image/webp"
    assert Image.open(io.BytesIO(answer.body)).width == 240
    assert answer.headers["cache-control"] == "private, no-cache"
    assert wall.get(path, If_None_Match=answer.headers["etag"]).status == 304
    assert "immutable" in wall.get(f"{path}&v=1").headers["cache-control"]
    assert len(list((tmp_path / "wall").iterdir())) == 1
    for bad in ("?width=241", "?height=3"):
        assert wall.get(f"/badges/{args['id']}/picture{bad}").status == 422
    next(badges_dir.iterdir()).unlink()
    assert wall.get(path).json() == {"error": "the badge has no PDF"}


def test_a_picture_of_a_badge_that_is_rendered_again_is_a_new_one(
    wall: WallClient, make: Make, badges_dir: Path
) -> None:
    args = make()
    path = f"/badges/{args['id']}/picture"
    before = wall.get(path)
    other = Renderer(shipped_design("a6")).render(Attendee.from_args(args)).pdf
    Storage(badges_dir).write(Attendee.from_args(args), other)
    assert wall.get(path, If_None_Match=before.headers["etag"]).status == 200


def test_a_new_version_of_a_picture_is_never_an_old_picture(
    wall: WallClient, make: Make, badges_dir: Path
) -> None:
    args = make()
    path = f"/badges/{args['id']}/picture?v="
    before = wall.get(path + "1")
    other = Renderer(shipped_design("a6")).render(Attendee.from_args(args)).pdf
    Storage(badges_dir).write(Attendee.from_args(args), other)
    assert wall.get(path + "2").headers["etag"] != before.headers["etag"]


def test_a_cache_that_cannot_be_written_only_costs_time(
    wall: WallClient, make: Make, tmp_path: Path
) -> None:
    (tmp_path / "wall").write_text("not a folder")
    args = make()
    assert wall.get(f"/badges/{args['id']}/picture").status == 200


@pytest.mark.parametrize(
    "badge_id", ["..%2f..%2fetc%2fpasswd", "..", "x", "7BFB7C39-C354-4CCE-AD5B-F1BE2814B17E"]
)
def test_only_ids_of_badges_lead_to_files(badge_id: str, wall: WallClient) -> None:
    for path in (f"/badges/{badge_id}/picture", f"/badges/{badge_id}/pdf", f"/api/badges/{badge_id}"):
        assert wall.get(path).status == 404


def test_a_path_in_a_row_is_never_read(
    wall: WallClient, connection: psycopg.Connection, badges_dir: Path, tmp_path: Path, pdf: bytes
) -> None:
    args = badge_args()
    secret = tmp_path / f"secret-{args['id']}.pdf"
    secret.write_bytes(pdf)
    finish(connection, enqueue(connection, args)[0])
    enqueue(connection, {"id": args["id"], "name": "x", "path": str(secret), "sha256": "0"}, **PRINTING)
    badges_dir.mkdir()
    Storage(badges_dir).path_for(Attendee.from_args(args)).symlink_to(secret)
    for path in ("picture", "pdf"):
        assert wall.get(f"/badges/{args['id']}/{path}").json() == {"error": "the badge has no PDF"}


def test_a_pdf_is_shown_in_the_browser(wall: WallClient, make: Make, pdf: bytes) -> None:
    args = make()
    answer = wall.get(f"/badges/{args['id']}/pdf")
    assert answer.body == pdf
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == f'inline; filename="badge-{args["id"][:8]}.pdf"'


def test_a_history_has_all_that_happened(wall: WallClient, make: Make) -> None:
    args = make(printed=True)
    history = wall.get(f"/api/badges/{args['id']}").json()
    assert (history["name"], history["state"]) == ("Ada Lovelace", "printed")
    happened = [event["what"] for event in history["events"]]
    assert {"enqueued", "rendered", "confirmed", "printed"} <= set(happened)
    assert wall.get(f"/api/badges/{uuid4()}").status == 404


# --- names


@pytest.mark.parametrize(
    ("options", "hidden"),
    [
        ({"names": "first"}, ["Lovelace", "lovelace", "Analytical"]),
        ({"names": "none"}, ["Ada", "ada-", "Lovelace", "lovelace", "Analytical"]),
    ],
)
def test_no_answer_has_what_is_hidden(
    options: dict[str, Any],
    hidden: list[str],
    wall: WallClient,
    make: Make,
    connection: psycopg.Connection,
) -> None:
    with wall.events() as events:
        next(events)
        args = make(printed=True, title="Countess Lovelace")
        failed = badge_args()
        fail(connection, failed, "InputError: name: no font draws it, got 'Ada Lovelace'")
        fail(connection, badge_args(), "** (RuntimeError) Ada Lovelace of Analytical")
        state_where(events, lambda state: state["counts"]["failed"] == 2 and state["failures"])
    assert len(wall.badges()) == 3
    for badge in (args, failed):
        assert wall.get(f"/api/badges/{badge['id']}").status == 200
    assert wall.get(f"/badges/{args['id']}/pdf").status == 403
    for state in ("printed", "failed"):
        assert wall.badges(f"?state={state}")
    assert wall.get("/api/badges?name=lovelace").status in (200, 403)
    assert b'"speaker"' in b"".join(wall.seen)
    for text in hidden:
        assert text.encode() not in b"".join(wall.seen), text


@pytest.mark.parametrize("options", [{"names": "first"}])
def test_the_search_finds_what_is_shown_only(wall: WallClient, make: Make, options: Any) -> None:
    make()
    assert wall.names("?name=ada") == ["Ada"]
    assert wall.names("?name=lovelace") == []
    # Not even where the list goes on tells whether a hidden name was found.
    for limit in (1, 100):
        answers = [wall.get(f"/api/badges?limit={limit}&name={name}") for name in ("lovelace", "absent")]
        assert answers[0].body == answers[1].body


@pytest.mark.parametrize("options", [{"names": "first"}, {"names": "none"}])
def test_pictures_have_nothing_to_read(wall: WallClient, make: Make, options: Any) -> None:
    args = make()
    picture = Image.open(io.BytesIO(wall.get(f"/badges/{args['id']}/picture?width=960").body))
    assert picture.width == 960
    # Nothing is finer than a twelfth of the width: enlarged from twelve pixels, it is the same.
    small = picture.resize((12, round(12 * picture.height / 960)), Image.Resampling.BOX)
    again = small.resize(picture.size, Image.Resampling.BICUBIC)
    difference = ImageChops.difference(picture.convert("RGB"), again.convert("RGB"))
    assert max(ImageStat.Stat(difference).rms) < 12


# --- security


def test_every_answer_has_the_security_headers(wall: WallClient) -> None:
    for path in ("/", "/wall.js", "/wall.css", "/api/badges", "/healthz", "/no/such/page"):
        headers = wall.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cache-control"]
        assert "server" not in headers


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1:1", "", "127.0.0.1"])
def test_another_host_is_refused(host: str, wall: WallClient) -> None:
    answer = wall.get("/api/badges", Host=host.format(port=wall.port))
    assert answer.status == 403
    assert "host" in answer.json()["error"]


def test_localhost_is_the_wall_too(wall: WallClient) -> None:
    for host in ("localhost", "[::1]", "127.0.0.1", "LOCALHOST"):
        assert wall.get("/", Host=f"{host}:{wall.port}").status == 200


def test_a_wall_only_shows_unless_actions_are_allowed(wall: WallClient, make: Make) -> None:
    args = make()
    answer = wall.post(f"/api/badges/{args['id']}/cancel", Authorization="Bearer x")
    assert (answer.status, "--allow-actions" in answer.json()["error"]) == (403, True)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "Basic {token}"}, 401),
        ({"Authorization": "Bearer {token}", "Origin": "http://evil.example"}, 403),
        ({"Authorization": "Bearer {token}", "Origin": "null"}, 403),
        ({"Authorization": "Bearer {token}", "Sec_Fetch_Site": "cross-site"}, 403),
        ({"Authorization": "Bearer {token}", "Content_Type": "text/plain"}, 415),
    ],
)
def test_an_action_needs_the_token_and_comes_from_the_page(
    headers: dict[str, str],
    status: int,
    acting: WallClient,
    make: Make,
    connection: psycopg.Connection,
) -> None:
    args = make()
    filled = {name: value.format(token=acting.token) for name, value in headers.items()}
    answer = acting.post(f"/api/badges/{args['id']}/cancel", **filled)
    assert answer.status == status
    assert list(answer.json()) == ["error"]
    rows = connection.execute("SELECT FROM oban_jobs WHERE state = 'cancelled'").fetchall()
    assert rows == []


def test_actions_retry_cancel_and_print_again(
    acting: WallClient, make: Make, connection: psycopg.Connection
) -> None:
    def act(badge: dict[str, Any], action: str, body: str = "{}") -> tuple[int, str]:
        answer = acting.post(
            f"/api/badges/{badge['id']}/{action}",
            body,
            Authorization=f"Bearer {acting.token}",
            Origin=f"http://127.0.0.1:{acting.port}",
        )
        return answer.status, answer.json().get("done") or answer.json()["error"]

    failed = badge_args(name="Failed")
    job_id = fail(connection, failed, "InputError: x")
    assert act(failed, "retry") == (200, "The badge is tried again.")
    assert wall_state(connection, job_id) == "available"
    assert act(failed, "retry")[0] == 409
    assert act(failed, "cancel") == (200, "The badge is cancelled.")
    assert wall_state(connection, job_id) == "cancelled"
    assert act(failed, "cancel")[0] == 409
    assert act(failed, "print-again")[0] == 409

    printed = make(printed=True, meta={"batch_id": "b1"})
    assert act(printed, "retry")[0] == 409
    assert act(printed, "print-again")[0] == 409
    for body, status in (("[]", 422), ('{"reason": 7}', 422), ("{", 422), ("x" * 2001, 413)):
        assert act(printed, "print-again", body)[0] == status
    reason = '{"reason": "the paper\\njammed"}'
    assert act(printed, "print-again", reason) == (200, "The badge is printed again, reprint 1.")
    first, second = connection.execute(
        "SELECT args, meta, state::text, worker, errors[1] ->> 'error' FROM oban_jobs"
        " WHERE queue = 'printing' ORDER BY id"
    ).fetchall()
    assert second[0] == first[0]
    assert second[1] == first[1] | {"print_again": True}
    assert second[2:] == ("available", first[3], "reprint 1: the paper jammed")
    assert act(printed, "print-again", reason)[0] == 409  # one at a time
    assert act(printed, "printed")[0] == 409  # nothing is unknown
    assert act(printed, "explode")[0] == 404
    assert act(badge_args(), "cancel")[0] == 404


def wall_state(connection: psycopg.Connection, job_id: int) -> str:
    row = connection.execute("SELECT state::text FROM oban_jobs WHERE id = %s", [job_id]).fetchone()
    assert row
    return str(row[0])


def test_the_wall_itself_can_only_read(wall: WallClient, dash_url: str) -> None:
    with psycopg.connect(dash_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("DELETE FROM oban_jobs")


# --- the command


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_serves_until_it_is_stopped_also_with_open_streams(
    number: signal.Signals, dash_url: str, tmp_path: Path
) -> None:
    port = free_port()
    log = tmp_path / "wall.log"
    var = {"BADGE_FORGE_VAR": str(tmp_path / "var"), "DATABASE_URL": dash_url}
    with running("wall", "--port", str(port), log=log, **var) as process:
        client = WallClient(port)
        eventually(lambda: f"wall: http://127.0.0.1:{port}/" in log.read_text())
        eventually(lambda: answers(client))
        with client.events() as events:
            next(events)
            process.send_signal(number)
            assert process.wait() == 0
    assert "Traceback" not in log.read_text()


def answers(client: WallClient) -> bool:
    try:
        return client.get("/healthz").status == 200
    except OSError:
        return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def test_a_port_in_use_is_one_line(dash_url: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = subprocess.run(
            command("wall", "--port", str(port)), capture_output=True, text=True, check=False
        )
    assert result.returncode == 1
    assert result.stderr.startswith(f"badge-forge: cannot listen on 127.0.0.1:{port}: ")
    assert result.stderr.count("\n") == 1
