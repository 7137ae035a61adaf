"""Attack: let jobs fail in every way, to get names into the log although LOG_ARGS is false."""

import io
import logging
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from badge_forge import logs
from badge_forge.errors import InputError, SettingsError, StorageError
from badge_forge.settings import Settings
from helpers import badge_args, enqueue, eventually, make_design, running, states

NAME = "Sentinella Canaria"
MARKS = ("sentinella", "canaria")


def names_a_person(log: str) -> bool:
    return any(mark in log.lower() for mark in MARKS)


def person(**changes: Any) -> dict[str, Any]:
    fields = {"name": NAME, "company": NAME, "email": "sentinella@example.org"}
    fields |= {"title": NAME, "badge_name": f"{NAME}!"}
    return badge_args(**(fields | changes))


@pytest.mark.parametrize("log_args", ["false", "true"])
def test_the_log_names_no_person_whether_jobs_succeed_or_fail(
    log_args: str,
    database_url: str,
    connection: psycopg.Connection,
    badges_dir: Path,
    tmp_path: Path,
) -> None:
    """With LOG_ARGS=true the log does name them, which shows that the attack works."""
    make_design(tmp_path, "{{ attendee[attendee.name] }}")
    in_the_way = person()
    (badges_dir / f"sentinella-canaria-{in_the_way['id']}.pdf").mkdir(parents=True)
    too_long = person(name=f"{NAME} " * 9, design="card-86x54")
    cancelled = [
        person(type=NAME),
        person(email=NAME),
        person(badge_name=NAME * 9),
        person(design=NAME),
        person(design="sentinella-canaria"),
        person(
            qr="vcard",
            design="card-86x54",
            title=NAME * 9,
            company=NAME * 9,
            url="https://x/" + "y" * 180,
        ),
        person(Sentinella="Canaria"),
    ]
    tags = {"meta": Jsonb({"batch_id": NAME}), "tags": [NAME]}
    enqueue(connection, person(), too_long, **tags)
    enqueue(connection, *cancelled)
    enqueue(connection, in_the_way, person(design="mine"))
    environment = {
        "DATABASE_URL": database_url,
        "BADGES_DIR": str(badges_dir),
        "DESIGNS_DIR": str(tmp_path),
        "RENDERERS": "1",
        "LOG_LEVEL": "DEBUG",
        "LOG_ARGS": log_args,
    }
    log = tmp_path / "worker.log"
    with running("worker", log=log, **environment):
        eventually(lambda: sum(states(connection).get(s, 0) for s in ("available", "executing")) == 0)
        eventually(lambda: log.read_text().count('"oban.job.') >= len(cancelled) + 4)
    assert states(connection).get("retryable") == 2
    assert names_a_person(log.read_text()) == (log_args == "true")
    for word in ("InputError: email", "InputError: args", "StorageError", "RenderingError"):
        assert log_args == "true" or word in log.read_text()
    errors = connection.execute(
        "SELECT errors::text FROM oban_jobs WHERE state = 'retryable'"
    ).fetchall()
    assert all(names_a_person(text) for (text,) in errors)


@pytest.mark.parametrize(
    "name", ["oban", "oban._producer", "asyncio", "psycopg.pool", "badge_forge.worker"]
)
def test_tracebacks_and_library_errors_name_no_person(name: str) -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(logs.RemovePersonalData())
    logger = logging.Logger(name)
    logger.addHandler(handler)
    error = StorageError(f"can't write /badges/sentinella-canaria.pdf of {NAME}")
    try:
        raise error
    except StorageError:
        logger.exception("Error in queue %s", error)
        logger.exception("Task exception was never retrieved\nfuture: %r" % error)  # noqa: UP031
    logger.warning("refused: %s", InputError(NAME, f"{NAME}: is not a field of the contract"))
    logger.warning('{"args": {"name": "%s"}, "error_message": "%s", "id": 7}', NAME, NAME)
    assert not names_a_person(written.getvalue()) or name == "badge_forge.worker"
    assert "StorageError" in written.getvalue()
    assert "refused: InputError: args" in written.getvalue()


@pytest.mark.parametrize(
    ("value", "expected"),
    [(text, True) for text in ("true", "1", "YES", "On", "t", "y", "")]
    + [(text, False) for text in ("false", "0", "NO", "Off", "f", "n")],
)
def test_log_args_accepts_the_same_values_as_in_elixir(
    value: str, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_ARGS", value)
    assert Settings.load().log_args is expected


def test_an_invalid_log_args_is_reported_on_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_ARGS", "never")
    with pytest.raises(SettingsError, match=r"^LOG_ARGS: .*got 'never'$"):
        Settings.load()
