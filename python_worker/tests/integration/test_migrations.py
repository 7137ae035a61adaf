"""The migrated schema is the union of what both Obans need."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote
from uuid import uuid4

import psycopg
import pytest
from oban.schema import install_sql

from badge_forge.database.embedded import binaries
from badge_forge.database.migrations import FOLDER, migrate, status
from badge_forge.database.schema import check_schema
from badge_forge.errors import DatabaseError
from helpers import call

COLUMNS = """
SELECT column_name, format_type(atttypid, atttypmod), is_nullable = 'YES'
FROM information_schema.columns
JOIN pg_attribute ON attrelid = table_name::regclass AND attname = column_name
WHERE table_name = %s
"""

JOB_COLUMNS = {
    "id": ("bigint", False),
    "state": ("oban_job_state", False),
    "queue": ("text", False),
    "worker": ("text", False),
    "args": ("jsonb", False),
    "errors": ("jsonb[]", False),
    "attempt": ("integer", False),
    "max_attempts": ("integer", False),
    "priority": ("integer", False),
    "tags": ("text[]", True),
    "meta": ("jsonb", True),
    "attempted_by": ("text[]", True),
    "inserted_at": ("timestamp without time zone", False),
    "scheduled_at": ("timestamp without time zone", False),
    "attempted_at": ("timestamp without time zone", True),
    "completed_at": ("timestamp without time zone", True),
    "discarded_at": ("timestamp without time zone", True),
    "cancelled_at": ("timestamp without time zone", True),
}

STATES = [
    "available",
    "suspended",
    "scheduled",
    "executing",
    "retryable",
    "completed",
    "discarded",
    "cancelled",
]


def dump(url: str) -> str:
    """Return the schema as `pg_dump` writes it."""
    output = subprocess.run(
        [binaries() / "pg_dump", "--schema-only"],
        env=os.environ | _libpq(url),
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    # A dump of PostgreSQL 18 has \restrict and \unrestrict lines with a random key.
    return "\n".join(line for line in output.splitlines() if "restrict" not in line)


def test_oban_jobs_has_the_columns_of_both_obans(
    connection: psycopg.Connection,
) -> None:
    rows = connection.execute(COLUMNS, ["oban_jobs"]).fetchall()
    assert {name: (type_, nullable) for name, type_, nullable in rows} == JOB_COLUMNS


def test_the_states_are_those_of_both_obans_in_elixirs_order(
    connection: psycopg.Connection,
) -> None:
    row = connection.execute("SELECT enum_range(NULL::oban_job_state)::text[]").fetchone()
    assert row == (STATES,)


def test_the_table_has_the_version_mark_of_oban_for_elixir(connection: psycopg.Connection) -> None:
    row = connection.execute("SELECT obj_description('oban_jobs'::regclass)").fetchone()
    assert row == ("14",)


def test_the_coordination_tables_are_unlogged(connection: psycopg.Connection) -> None:
    rows = connection.execute(
        "SELECT relname, relpersistence::text FROM pg_class WHERE relname = ANY(%s)",
        [["oban_jobs", "oban_peers", "oban_leaders", "oban_producers"]],
    ).fetchall()
    assert dict(rows) == {
        "oban_jobs": "p",
        "oban_peers": "u",
        "oban_leaders": "u",
        "oban_producers": "u",
    }


@pytest.mark.parametrize("column", ["queue", "worker"])
@pytest.mark.parametrize(("length", "fits"), [(0, False), (1, True), (127, True), (128, False)])
def test_queue_and_worker_have_1_to_127_characters(
    column: str, length: int, fits: bool, connection: psycopg.Connection
) -> None:
    values = {"queue": "q", "worker": "w"} | {column: "x" * length}
    insert = "INSERT INTO oban_jobs (queue, worker) VALUES (%(queue)s, %(worker)s)"
    if fits:
        connection.execute(insert, values)
    else:
        with pytest.raises(psycopg.errors.CheckViolation, match=rf"{column}_(length|is_not_blank)"):
            connection.execute(insert, values)


def test_the_installer_of_oban_for_python_changes_nothing(
    database_url: str, connection: psycopg.Connection
) -> None:
    before = dump(database_url)
    connection.execute(install_sql().encode())
    assert dump(database_url) == before


def test_a_badge_is_found_by_its_id_in_few_pages_however_many_were_inserted_just_now(
    connection: psycopg.Connection,
) -> None:
    connection.execute("""
        INSERT INTO oban_jobs (queue, worker, args)
        SELECT 'q', 'w', jsonb_build_object('id', gen_random_uuid(), 'name', gen_random_uuid())
        FROM generate_series(1, 3000)
    """)
    found = connection.execute("""
        EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)
        SELECT id FROM oban_jobs WHERE args @> '{"id": "7bfb7c39-6df5-4b52-9a8b-1c5c8a1e3f10"}'
    """).fetchone()
    assert found
    assert found[0][0]["Plan"]["Shared Hit Blocks"] <= 50  # otherwise the whole table's 94


def test_migrating_twice_changes_nothing(empty_database_url: str) -> None:
    names = migrate(empty_database_url)
    before = dump(empty_database_url)
    assert names == sorted(path.stem for path in FOLDER.glob("*.sql") if "rollback" not in path.name)
    assert migrate(empty_database_url) == []
    assert dump(empty_database_url) == before
    assert status(empty_database_url) == (names, [])


def test_concurrent_runs_apply_each_migration_once(empty_database_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        applied = list(pool.map(migrate, [empty_database_url] * 4))
    assert sorted(map(len, applied)) == [0, 0, 0, len(status(empty_database_url)[0])]


def test_every_migration_can_be_rolled_back(empty_database_url: str) -> None:
    migrations = sorted(path for path in FOLDER.glob("*.sql") if "rollback" not in path.name)
    empty = dump(empty_database_url)
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        for path in migrations:
            connection.execute(path.read_bytes())
        for path in reversed(migrations):
            connection.execute(path.with_suffix(".rollback.sql").read_bytes())
    assert dump(empty_database_url) == empty


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("args", "'[]'"),
        ("args", "'null'"),
        ("meta", "'\"text\"'"),
        ("meta", "'7'"),
        ("priority", "10"),
        ("queue", "' '"),
        ("worker", "E'\\t'"),
        ("inserted_at", "'infinity'"),
        ("scheduled_at", "'4000-01-01 BC'"),
        ("attempted_at", "'infinity'"),
        ("completed_at", "'infinity'"),
        ("cancelled_at", "'-infinity'"),
        ("discarded_at", "'9999-12-31'"),
        ("tags", "'{{a,b},{c,d}}'"),
        ("errors", "ARRAY['7'::jsonb]"),
        ("errors", "'[2147483646:2147483646]={\"{}\"}'"),  # nothing can be appended to it
        ("errors", "ARRAY[ARRAY['{}'::jsonb], ARRAY['{}'::jsonb]]"),
        ("errors", """ARRAY[('{"a":' || repeat('[', 9000) || repeat(']', 9000) || '}')::jsonb]"""),
    ],
)
def test_a_row_that_would_stop_a_queue_is_refused(
    column: str, value: str, connection: psycopg.Connection
) -> None:
    row = {"worker": "'w'"} | {column: value}
    insert = f"INSERT INTO oban_jobs ({', '.join(row)}) VALUES ({', '.join(row.values())})"
    with pytest.raises(psycopg.errors.CheckViolation, match=f"{column}_is_"):
        connection.execute(insert.encode())


def test_a_password_with_special_characters_can_migrate(
    empty_database_url: str, server_url: str
) -> None:
    password = "a#b/c?d%e@f:g h"
    role = f"odd_{uuid4().hex}"
    name = empty_database_url.rpartition("/")[2]
    with psycopg.connect(server_url, dbname="postgres", autocommit=True) as server:
        server.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{password}'".encode())
        server.execute(f"ALTER DATABASE {name} OWNER TO {role}".encode())
    parts = psycopg.conninfo.conninfo_to_dict(server_url)
    url = f"postgresql://{role}:{quote(password, safe='')}@{parts['host']}:{parts['port']}/{name}"
    assert migrate(url) != []


async def test_a_missing_schema_is_reported_with_the_command_to_run(empty_database_url: str) -> None:
    async with await psycopg.AsyncConnection.connect(empty_database_url) as connection:
        with pytest.raises(DatabaseError, match=r"no table oban_jobs.*`bin/badge-forge db migrate`"):
            await check_schema(connection)


@pytest.mark.parametrize("mark", ["'13'", "NULL", "'soon'"])
async def test_an_outdated_schema_is_reported_with_the_command_to_run(
    mark: str, database_url: str
) -> None:
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        await connection.execute(f"COMMENT ON TABLE oban_jobs IS {mark}".encode())
        with pytest.raises(DatabaseError, match=r"14 is needed: run `bin/badge-forge db migrate`"):
            await check_schema(connection)


async def test_a_missing_last_migration_is_reported_with_the_command_to_run(
    database_url: str,
) -> None:
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        await connection.execute("ALTER TRIGGER badge_forge_reprint ON oban_jobs RENAME TO moved")
        with pytest.raises(
            DatabaseError, match=r"no trigger badge_forge_reprint: run `bin/badge-forge db"
        ):
            await check_schema(connection)


def test_an_unreachable_database_is_reported_on_one_line_without_the_password() -> None:
    result = call("db", "migrate", DATABASE_URL="postgresql://me:hunter2@127.0.0.1:1/nowhere")
    assert result.returncode == 1
    assert result.stderr.startswith("badge-forge: cannot reach the database 127.0.0.1:1/nowhere: ")
    assert len(result.stderr.splitlines()) == 1
    assert "hunter2" not in result.stderr


def _libpq(url: str) -> dict[str, str]:
    parts = psycopg.conninfo.conninfo_to_dict(url)
    return {
        "PGHOST": str(parts["host"]),
        "PGPORT": str(parts["port"]),
        "PGUSER": str(parts["user"]),
        "PGPASSWORD": str(parts["password"]),
        "PGDATABASE": str(parts["dbname"]),
    }
