"""The registry: Badge Forge's two queues, and those of `QUEUES_FILE`."""

import importlib
from pathlib import Path
from types import ModuleType

import jsonschema
import pytest

from badge_forge import registry
from badge_forge.errors import SettingsError
from badge_forge.jobs.workers import import_workers
from badge_forge.registry import Queue
from badge_forge.settings import ROOT
from helpers import CONTRACTS, examples, schema

EXAMPLE = ROOT / "examples" / "own_queue"

SIGNS = '[signs]\nruns_in = "python"\nworker = "room_signs.MakeSign"\n'


@pytest.fixture
def room_signs(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(EXAMPLE)
    return importlib.import_module("room_signs")


def use(file: Path, content: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(content)
    monkeypatch.setenv("QUEUES_FILE", str(file))


def test_badge_forges_own_queues_are_in_the_registry_without_a_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("QUEUES_FILE", raising=False)
    assert registry.names()[:3] == ["badges", "printing", "printers"]


def test_your_queues_are_read_from_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUEUES_FILE", str(EXAMPLE / "queues.toml"))
    assert registry.names() == ["badges", "printing", "printers", "signs", "notices"]
    assert [queue.name for queue in registry.queues("python")] == ["badges", "signs"]
    signs = registry.find("signs")
    assert signs
    assert (signs.worker, signs.limit, signs.timeout_s) == ("room_signs.MakeSign", 2, 60)
    assert registry.find("mail") is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("signs", "is not TOML: "),
        ("signs = 7", r"signs should be a table: write it as \[signs\]$"),
        ('[signs]\nruns_in = "python"', r"signs\.worker: is missing$"),
        (
            SIGNS.replace("python", "ruby"),
            r"signs\.runs_in: should be 'python' or 'elixir', got 'ruby'$",
        ),
        (SIGNS + "limit = 0", r"signs\.limit: should be greater than or equal to 1, got 0$"),
        (SIGNS + "timeout_s = 0", r"signs\.timeout_s: should be greater than 0, got 0$"),
        (
            SIGNS + "retries = 3",
            r"signs\.retries: is not one of worker, runs_in, limit, timeout_s, contract$",
        ),
        (SIGNS + 'contract = "sign"', r"signs: there is no contract sign\.schema\.json$"),
        (SIGNS.replace("python", "elixir") + "limit = 2", "signs: limit is set in the Elixir app"),
        (SIGNS.replace("signs]", "Signs]"), r"Signs\.name: String should match pattern"),
        (SIGNS.replace("signs]", "badges]"), "badges: the queue badges has the worker badge_forge"),
        (SIGNS + SIGNS.replace("signs]", "more]"), "more: the queue signs has the worker room_signs"),
    ],
)
def test_a_mistake_in_the_file_is_reported_on_one_line_with_the_field(
    content: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(tmp_path / "queues.toml", content, monkeypatch)
    with pytest.raises(SettingsError, match=rf"^QUEUES_FILE: [^\n]*/queues\.toml[^\n]*{message}"):
        registry.queues()


def test_a_file_that_is_missing_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUEUES_FILE", str(tmp_path / "none.toml"))
    with pytest.raises(SettingsError, match=r"QUEUES_FILE: can't read .*: No such file"):
        registry.queues()


@pytest.mark.parametrize(
    ("worker", "message"),
    [
        ("room_sings.MakeSign", "Module 'room_sings' not found .* check PYTHONPATH and the name$"),
        ("room_signs.MakeSigns", "Class 'MakeSigns' not found"),
        ("room_signs.ExampleSignArgs", "it has no method process: derive it from QueueWorker$"),
        ("room_signs.MakeSign", r"it has the queue signs: write @worker\(queue='posters'\)$"),
        ("broken.Worker", "importing it raised ZeroDivisionError: division by zero$"),
    ],
)
def test_a_worker_that_is_missing_or_unfit_is_refused_with_what_to_do(
    worker: str,
    message: str,
    room_signs: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "broken.py").write_text("1 / 0")
    monkeypatch.syspath_prepend(tmp_path)
    queue = Queue(name="posters", worker=worker, runs_in="python")
    with pytest.raises(SettingsError, match=rf"^the queue posters cannot run {worker}: .*{message}"):
        import_workers([queue])


def test_every_contract_has_examples_that_keep_it_and_that_break_it() -> None:
    contracts = {path.name.partition(".")[0] for path in CONTRACTS.glob("*.schema.json")}
    assert {registry.BADGES.contract, registry.PRINTING.contract, "example_sign"} <= contracts
    for contract in contracts:
        for args in examples(contract, "valid").values():
            jsonschema.validate(args, schema(contract))
        for example in examples(contract, "invalid").values():
            with pytest.raises(jsonschema.ValidationError):
                jsonschema.validate(example["args"], schema(contract))
