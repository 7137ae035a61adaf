"""Each application has exactly the rights it needs, so a compromised one can do no more."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psycopg
import pytest
from psycopg import sql

from badge_forge.database.embedded import EmbeddedDatabase
from badge_forge.database.migrations import migrate
from badge_forge.database.roles import Role, prepare_roles, role_url
from badge_forge.database.schema import check_schema
from badge_forge.database.url import parse
from badge_forge.errors import DatabaseError

REFUSED = psycopg.errors.InsufficientPrivilege

ATTACKS_BY_ANY = {
    "drops the table": "DROP TABLE oban_jobs",
    "drops the whole schema": "DROP SCHEMA public CASCADE",
    "drops the database": "DROP DATABASE {database}",
    "truncates the table": "TRUNCATE oban_jobs",
    "adds a column": "ALTER TABLE oban_jobs ADD COLUMN extra text",
    "drops a constraint": "ALTER TABLE oban_jobs DROP CONSTRAINT args_is_object",
    "changes the version mark": "COMMENT ON TABLE oban_jobs IS '15'",
    "adds a trigger that sees every job": (
        "CREATE TRIGGER mine BEFORE UPDATE ON oban_jobs "
        "FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"
    ),
    "disables all triggers of the table": "ALTER TABLE oban_jobs DISABLE TRIGGER ALL",
    "disables all triggers of its session": "SET session_replication_role = replica",
    "hides rows by a rule": "CREATE RULE r AS ON DELETE TO oban_jobs DO INSTEAD NOTHING",
    "resets the sequence of job ids": "SELECT setval('oban_jobs_id_seq', 1)",
    "creates a table": "CREATE TABLE mine ()",
    "creates a temporary table": "CREATE TEMPORARY TABLE mine ()",
    "creates a view": "CREATE VIEW mine AS SELECT 1",
    "creates a function": "CREATE FUNCTION mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "creates a schema": "CREATE SCHEMA mine",
    "creates a large object": "SELECT lo_create(0)",
    "creates a large object with lo_creat": "SELECT lo_creat(-1)",
    "creates a large object from bytes": "SELECT lo_from_bytea(0, 'mine')",
    "creates a database": "CREATE DATABASE mine",
    "creates a role": "CREATE ROLE mine",
    "makes itself a superuser": "ALTER ROLE {role} SUPERUSER",
    "lets itself create roles": "ALTER ROLE {role} CREATEROLE",
    "becomes the owner": "SET ROLE {owner}",
    "becomes the owner for a whole session": "SET SESSION AUTHORIZATION {owner}",
    "joins the owner's role": "GRANT {owner} TO {role}",
    "becomes the other application": "SET ROLE {other}",
    "sets the owner's password": "ALTER ROLE {owner} PASSWORD 'mine'",
    "sets the other application's password": "ALTER ROLE {other} PASSWORD 'mine'",
    "reads the stored passwords": "SELECT rolpassword FROM pg_authid",
    "reads a file": "SELECT pg_read_file('/etc/passwd')",
    "reads a file into the table": "COPY oban_jobs FROM '/etc/passwd'",
    "lists a folder": "SELECT pg_ls_dir('.')",
    "imports a file": "SELECT lo_import('/etc/passwd')",
    "writes a file": "COPY oban_jobs TO '/tmp/badge-forge-attack'",
    "runs a program": "COPY oban_jobs TO PROGRAM 'true'",
    "runs a program that feeds the table": "COPY oban_jobs FROM PROGRAM 'true'",
    "changes the server's settings": "ALTER SYSTEM SET log_statement = 'all'",
    "ends the owner's sessions": (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = {owner_text}"
    ),
    "reads the applied migrations": "SELECT FROM _yoyo_migration",
    "deletes the applied migrations": "DELETE FROM _yoyo_migration",
    "removes the rules of a queue": "DELETE FROM badge_forge_queues",
    "changes the worker of a queue": "UPDATE badge_forge_queues SET worker = 'mine'",
    "adds a queue": "INSERT INTO badge_forge_queues",
}

ATTACKS_ON_IDS = {
    "inserts a job with an id": "INSERT INTO oban_jobs (id, worker) VALUES (1, 'x')",
    "inserts jobs of another queue ahead of the sequence": (
        "INSERT INTO oban_jobs (id, queue, worker) SELECT last_value + n, 'other', 'x' "
        "FROM oban_jobs_id_seq, generate_series(21, 2020) AS n"
    ),
    "changes the id of a job": "UPDATE oban_jobs SET id = id + 21",
    "copies a job with an id": "COPY oban_jobs (id, worker) FROM STDIN",
}

ATTACKS_BY_THE_WORKER = ATTACKS_ON_IDS | {
    f"runs {verb} oban_peers": f"{verb} oban_peers"
    for verb in ("SELECT FROM", "INSERT INTO", "UPDATE", "DELETE FROM")
}

ATTACKS_BY_THE_PRINT_CENTER = (
    ATTACKS_ON_IDS
    | {
        "deletes the jobs": "DELETE FROM oban_jobs",
        "estimates the number of jobs": "SELECT oban_count_estimate('available', 'badges')",
    }
    | {
        f"runs {verb} oban_leaders": f"{verb} oban_leaders"
        for verb in ("SELECT FROM", "INSERT INTO", "UPDATE", "DELETE FROM")
    }
)

ATTACKS_BY_OBAN_WEB = {
    "adds a job": "INSERT INTO oban_jobs",
    "changes a job": "SELECT FROM oban_jobs FOR UPDATE",
    "deletes the jobs": "DELETE FROM oban_jobs",
    "takes a job id from the sequence": "SELECT nextval('oban_jobs_id_seq')",
} | {
    f"runs {verb} {table}": f"{verb} {table}"
    for verb in ("SELECT FROM", "INSERT INTO", "UPDATE", "DELETE FROM")
    for table in ("oban_leaders", "oban_producers", "oban_peers")
    if (verb, table) != ("SELECT FROM", "oban_producers")
}

REST_OF_STATEMENT = {"INSERT": " DEFAULT VALUES", "UPDATE": " SET node = 'mine'"}
"""The rest of a statement that ends with the name of its table."""

ATTACKS = [
    pytest.param(role, statement, id=f"{role}-{name.replace(' ', '-')}")
    for role, attacks in [
        (Role.WORKER, ATTACKS_BY_ANY | ATTACKS_BY_THE_WORKER),
        (Role.PRINT_CENTER, ATTACKS_BY_ANY | ATTACKS_BY_THE_PRINT_CENTER),
        (Role.DASH, ATTACKS_BY_ANY | ATTACKS_BY_OBAN_WEB),
    ]
    for name, statement in attacks.items()
]

RIGHTS = """
SELECT relname, array_agg(privilege_type ORDER BY privilege_type)
FROM pg_class, aclexplode(relacl)
WHERE relnamespace = 'public'::regnamespace
  AND grantee IN (to_regrole(%s), 0)
GROUP BY relname
"""

RIGHTS_ON_COLUMNS = """
SELECT privilege_type, array_agg(attname::text ORDER BY attname)
FROM pg_attribute, aclexplode(attacl)
WHERE attrelid = 'oban_jobs'::regclass
  AND grantee IN (to_regrole(%s), 0)
GROUP BY privilege_type
"""

COLUMNS_BUT_ID = """
SELECT array_agg(attname::text ORDER BY attname)
FROM pg_attribute
WHERE attrelid = 'oban_jobs'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'id'
"""

OWNED = "SELECT count(*) FROM pg_shdepend WHERE deptype = 'o' AND refobjid = to_regrole(%s)"


@pytest.fixture(scope="module")
def owner(shared_database_url: str) -> Iterator[psycopg.Connection]:
    prepare_roles(shared_database_url)
    with psycopg.connect(shared_database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def connections(
    owner: psycopg.Connection, shared_database_url: str
) -> Iterator[dict[Role, psycopg.Connection]]:
    with ExitStack() as stack:
        yield {
            role: stack.enter_context(
                psycopg.connect(role_url(shared_database_url, role), autocommit=True)
            )
            for role in Role
        }


@pytest.mark.parametrize(("role", "attack"), ATTACKS)
def test_a_compromised_application_is_refused_when_it(
    role: Role, attack: str, connections: dict[Role, psycopg.Connection], owner: psycopg.Connection
) -> None:
    other = next(each for each in Role if each is not role)
    verb = attack.partition(" ")[0]
    ends_with_table = len(attack.split()) <= 3
    statement = sql.SQL(attack + (REST_OF_STATEMENT.get(verb, "") if ends_with_table else "")).format(
        database=sql.Identifier(owner.info.dbname),
        role=sql.Identifier(role.login),
        other=sql.Identifier(other.login),
        owner=sql.Identifier(owner.info.user),
        owner_text=sql.Literal(owner.info.user),
    )
    with pytest.raises(REFUSED):
        connections[role].execute(statement)


@pytest.mark.parametrize(
    ("role", "rights"),
    [
        (
            Role.WORKER,
            {
                "badge_forge_queues": ["SELECT"],
                "oban_jobs": ["DELETE", "SELECT"],
                "oban_jobs_id_seq": ["USAGE"],
                "oban_leaders": ["DELETE", "INSERT", "SELECT", "UPDATE"],
                "oban_producers": ["DELETE", "INSERT", "SELECT", "UPDATE"],
            },
        ),
        (
            Role.PRINT_CENTER,
            {
                "badge_forge_queues": ["SELECT"],
                "oban_jobs": ["SELECT"],
                "oban_jobs_id_seq": ["USAGE"],
                "oban_peers": ["DELETE", "INSERT", "SELECT", "UPDATE"],
                "oban_producers": ["DELETE", "INSERT", "SELECT", "UPDATE"],
            },
        ),
        (
            Role.DASH,
            {name: ["SELECT"] for name in ("badge_forge_queues", "oban_jobs", "oban_producers")},
        ),
    ],
)
def test_a_role_has_these_rights_and_no_others(
    role: Role, rights: dict[str, list[str]], owner: psycopg.Connection
) -> None:
    assert dict(owner.execute(RIGHTS, [role.login]).fetchall()) == rights
    assert owner.execute(OWNED, [role.login]).fetchone() == (0,)


@pytest.mark.parametrize("role", [Role.WORKER, Role.PRINT_CENTER])
def test_an_application_writes_every_column_of_a_job_but_its_id(
    role: Role, owner: psycopg.Connection
) -> None:
    (columns,) = owner.execute(COLUMNS_BUT_ID).fetchone() or ()
    rights: dict[str, list[str]] = dict(owner.execute(RIGHTS_ON_COLUMNS, [role.login]).fetchall())
    assert rights == {"INSERT": columns, "UPDATE": columns}


@pytest.mark.parametrize("role", Role)
def test_a_compromised_application_cannot_grant_its_rights(
    role: Role, connections: dict[Role, psycopg.Connection], owner: psycopg.Connection
) -> None:
    connections[role].execute("GRANT ALL ON oban_jobs TO pg_monitor")  # PostgreSQL only warns
    row = owner.execute("SELECT has_table_privilege('pg_monitor', 'oban_jobs', 'SELECT, UPDATE')")
    assert row.fetchone() == (False,)


@pytest.mark.parametrize("role", Role)
def test_a_role_is_not_a_superuser_and_not_a_member_of_another_role(
    role: Role, owner: psycopg.Connection
) -> None:
    attributes = "rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls"
    row = owner.execute(f"SELECT {attributes} FROM pg_roles WHERE rolname = %s", [role.login])
    assert row.fetchone() == (False,) * 5
    member = owner.execute("SELECT FROM pg_auth_members WHERE member = to_regrole(%s)", [role.login])
    assert member.fetchone() is None


@pytest.mark.parametrize("role", Role)
def test_a_role_has_timeouts_for_statements_locks_idle_transactions_and_cut_networks(
    role: Role, connections: dict[Role, psycopg.Connection]
) -> None:
    for setting, value in {
        "statement_timeout": "30s",
        "lock_timeout": "10s",
        "idle_in_transaction_session_timeout": "30s",
        "tcp_keepalives_idle": "10",
        "tcp_keepalives_interval": "5",
        "tcp_keepalives_count": "3",
        "tcp_user_timeout": "20000",  # ms
    }.items():
        assert connections[role].execute(f"SHOW {setting}".encode()).fetchone() == (value,)


async def test_the_schema_check_works_with_the_rights_of_the_worker(
    owner: psycopg.Connection, shared_database_url: str
) -> None:
    url = role_url(shared_database_url, Role.WORKER)
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await check_schema(connection)


def test_a_right_granted_by_hand_is_revoked(
    owner: psycopg.Connection,
    connections: dict[Role, psycopg.Connection],
    shared_database_url: str,
) -> None:
    owner.execute("GRANT DELETE ON oban_jobs TO badge_forge_print_center")
    owner.execute("GRANT ALL ON oban_leaders TO PUBLIC")
    prepare_roles(shared_database_url)
    for attack in ("DELETE FROM oban_jobs", "TRUNCATE oban_leaders"):
        with pytest.raises(REFUSED):
            connections[Role.PRINT_CENTER].execute(attack.encode())


def test_a_role_without_grants_cannot_connect(
    owner: psycopg.Connection, shared_database_url: str
) -> None:
    owner.execute("CREATE ROLE badge_forge_guest LOGIN PASSWORD 'guests'")
    try:
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(shared_database_url, user="badge_forge_guest", password="guests")
    finally:
        owner.execute("DROP ROLE badge_forge_guest")


def test_a_changed_password_of_a_role_is_reset(
    own_server: EmbeddedDatabase,
) -> None:
    """Use a separate server: its databases share roles, so other tests would be locked out."""
    migrate(own_server.url)
    prepare_roles(own_server.url)
    url = role_url(own_server.url, Role.WORKER)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER ROLE badge_forge_worker PASSWORD 'mine'")
    prepare_roles(own_server.url)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url, password="mine")
    psycopg.connect(url).close()


SET_FOR_ITSELF = [
    "ALTER ROLE {role} SET statement_timeout = '1ms'",
    "ALTER ROLE {role} IN DATABASE {database} SET statement_timeout = '1ms'",
    "ALTER ROLE {role} IN DATABASE postgres SET lock_timeout = 0",
    "ALTER ROLE {role} SET search_path = mine",
    "ALTER ROLE {role} IN DATABASE {database} SET default_transaction_read_only = on",
    "ALTER ROLE {role} SET idle_in_transaction_session_timeout = 0",
]


@pytest.mark.parametrize("role", Role)
def test_what_a_role_set_for_itself_is_undone_by_db_roles(
    role: Role, own_server: EmbeddedDatabase
) -> None:
    migrate(own_server.url)
    prepare_roles(own_server.url)
    settings = "SELECT setrole, setdatabase, setconfig FROM pg_db_role_setting ORDER BY 1, 2"
    with psycopg.connect(own_server.url, autocommit=True) as owner:
        before = owner.execute(settings).fetchall()
        # One session, because the first of these makes the next session fail.
        with psycopg.connect(role_url(own_server.url, role), autocommit=True) as connection:
            for statement in SET_FOR_ITSELF:
                connection.execute(
                    sql.SQL(statement).format(
                        role=sql.Identifier(role.login), database=sql.Identifier(owner.info.dbname)
                    )
                )
        assert owner.execute(settings).fetchall() != before
        prepare_roles(own_server.url)
        assert owner.execute(settings).fetchall() == before


def test_the_password_of_a_role_opens_no_other_account(
    owner: psycopg.Connection, shared_database_url: str
) -> None:
    for role in Role:
        password = parse(role_url(shared_database_url, role))["password"]
        for user in {owner.info.user, *(other.login for other in Role)} - {role.login}:
            with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
                psycopg.connect(shared_database_url, user=user, password=password)


@pytest.mark.parametrize("role", Role)
def test_no_url_is_derived_from_the_url_of_a_role(role: Role, shared_database_url: str) -> None:
    with pytest.raises(DatabaseError, match=f"has the user {role.login}: use the URL of the owner"):
        role_url(role_url(shared_database_url, role), Role.WORKER)


async def test_a_worker_with_the_url_of_the_print_center_is_refused_with_the_reason(
    owner: psycopg.Connection, shared_database_url: str
) -> None:
    url = role_url(shared_database_url, Role.PRINT_CENTER)
    async with await psycopg.AsyncConnection.connect(url) as connection:
        with pytest.raises(
            DatabaseError, match="badge_forge_print_center has no write access to oban_leaders"
        ):
            await check_schema(connection)


def test_roles_can_be_prepared_concurrently(shared_database_url: str, database_url: str) -> None:
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(prepare_roles, [shared_database_url, database_url] * 5))
    for url in (shared_database_url, database_url):
        for role in Role:
            psycopg.connect(role_url(url, role)).close()
