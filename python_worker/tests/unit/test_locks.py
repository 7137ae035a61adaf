"""What is locked is known by its hash, and may come from any index."""

import re

import pytest

from badge_forge.settings import ROOT

LOCKS = sorted((ROOT / "python_worker").glob("*.lock"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_requirement_has_a_hash_and_no_host(lock: object) -> None:
    text = lock.read_text()  # type: ignore[attr-defined]
    requirements = re.split(r"\n(?=[a-zA-Z0-9])", text.strip())
    assert len(requirements) > 3
    assert [entry for entry in requirements if "--hash=sha256:" not in entry] == []
    assert re.findall(r"://|--(?:extra-)?index-url|--find-links|--trusted-host|^-e |\s@\s", text) == []
