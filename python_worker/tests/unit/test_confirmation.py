"""The confirmation: the print job that the worker inserts for the Elixir app."""

from pathlib import Path

import jsonschema
import pytest
from oban import Job

from badge_forge.attendee import Attendee
from badge_forge.generator import GenerateBadge
from badge_forge.jobs.confirmation import confirmation
from helpers import examples, schema

SHA256 = "0123456789abcdef" * 4


def badge_job(**changes: object) -> Job:
    return Job("badge_forge.generator.GenerateBadge", queue="badges", **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", examples("generate_badge", "valid"))
def test_a_confirmation_follows_the_contract_of_the_print_center(name: str) -> None:
    attendee = Attendee.from_args(examples("generate_badge", "valid")[name])
    job = confirmation(badge_job(), attendee, Path(f"/srv/badges/{attendee.id}.pdf"), SHA256)
    jsonschema.validate(job.args, schema("print_center"))


def test_worker_and_queue_names_never_change(attendee: Attendee) -> None:
    job = confirmation(badge_job(), attendee, Path("/x.pdf"), SHA256)
    assert (job.worker, job.queue) == ("BadgeForge.PrintCenter", "printing")
    assert f"{GenerateBadge.__module__}.{GenerateBadge.__qualname__}" == (
        "badge_forge.generator.GenerateBadge"
    )


def test_a_confirmation_has_the_batch_and_priority_of_its_badge(attendee: Attendee) -> None:
    job = confirmation(
        badge_job(meta={"batch_id": "b", "other": 1}, priority=3), attendee, Path("/x.pdf"), SHA256
    )
    assert job.meta == {"batch_id": "b"}
    assert job.priority == 3


@pytest.mark.parametrize("meta", [None, {}, {"batch_id": 7}, {"batch_id": None}, [], "text"])
def test_a_job_without_a_batch_has_a_confirmation_without_a_batch(
    meta: dict[str, object] | None, attendee: Attendee
) -> None:
    job = badge_job()
    job.meta = meta  # type: ignore[assignment]  # a row may have any JSON
    assert confirmation(job, attendee, Path("/x.pdf"), SHA256).meta == {}


@pytest.mark.parametrize("kind", ["valid", "invalid"])
def test_the_print_centers_examples_fit_its_schema(kind: str) -> None:
    validator = jsonschema.Draft202012Validator(schema("print_center"))
    for name, example in examples("print_center", kind).items():
        args = example if kind == "valid" else example["args"]
        assert validator.is_valid(args) == (kind == "valid"), name
