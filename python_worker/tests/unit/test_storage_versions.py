"""A later version of a badge has its own PDF, which replaces the earlier ones when it is confirmed."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from badge_forge import storage as module
from badge_forge.attendee import Attendee
from badge_forge.jobs.confirmation import confirmation, version_of
from badge_forge.storage import Storage
from helpers import badge_args


def test_a_later_version_replaces_the_earlier_ones_and_no_other_badge(tmp_path: Path) -> None:
    storage = Storage(tmp_path)
    ann, renamed = (Attendee.from_args(badge_args(name=name)) for name in ("Ann V9", "Anna"))
    renamed = renamed.model_copy(update={"id": ann.id})
    other = Attendee.from_args(badge_args(name="Ann V9"))
    first = storage.write(ann, b"1")
    second = storage.write(ann, b"2", version=2)
    third = storage.write(renamed, b"3", version=3)
    unrelated = storage.write(other, b"other")
    assert [path.name for path in (first, second, third)] == [
        f"ann-v9-{ann.id}.pdf",
        f"ann-v9--v2-{ann.id}.pdf",
        f"anna--v3-{ann.id}.pdf",
    ]
    # A late attempt of an earlier version changes no later one.
    storage.write(ann, b"late", version=1)
    assert third.read_bytes() == b"3"
    storage.remove_earlier(renamed, 3)
    assert sorted(tmp_path.iterdir()) == sorted([third, unrelated])


def test_the_newest_version_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_AGAIN_S", 0)
    storage = Storage(tmp_path)
    ann = Attendee.from_args(badge_args(name="Ann"))
    assert storage.find(ann) == storage.path_for(ann)
    for version in (1, 2, 10):
        path = storage.write(ann, b"x", version)
        assert storage.find(ann) == path
        assert storage.find_of(ann.id, ann.name) == path


def test_the_confirmation_has_what_tells_the_print_which_badge_it_is(tmp_path: Path) -> None:
    ann = Attendee.from_args(badge_args(name="Ann"))

    def meta(**badge: object) -> dict[str, object]:
        job = SimpleNamespace(meta=badge, priority=1)
        return dict(confirmation(job, ann, tmp_path / "x.pdf", "0" * 64).meta)  # type: ignore[arg-type]

    known = {"batch_id": "b", "event": "my-conf", "version": 2, "desk": "front"}
    assert meta(**known, lists={"people": {}}, heartbeat=1) == known
    assert meta(batch_id="b") == {"batch_id": "b"}
    assert meta(event=["x"], desk=7, version="2") == {}
    assert meta(event="my-conf") == {"event": "my-conf", "version": 1}


@pytest.mark.parametrize("version", [0, -1, 10**12, "2", 2.0, True, None, [2]])
def test_what_is_no_version_is_the_first(version: object) -> None:
    job = SimpleNamespace(meta={"version": version})
    assert version_of(job) == 1  # type: ignore[arg-type]
    assert version_of(SimpleNamespace(meta=None)) == 1  # type: ignore[arg-type]
