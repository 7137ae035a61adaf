"""Every test that SECURITY.md names exists."""

import re

from badge_forge.settings import ROOT

TESTS = ROOT / "python_worker" / "tests"


def test_every_test_that_security_md_names_exists() -> None:
    text = (ROOT / "SECURITY.md").read_text()
    named = re.findall(r"`([a-z_/]+\.py)::(test_\w+)`", text)
    assert len(named) >= 10
    for file, test in named:
        assert re.search(rf"^(async )?def {test}\(", (TESTS / file).read_text(), re.M), f"{file}::{test}"
    for file in re.findall(r"`(elixir_app/\S+\.exs)`", text):
        assert (ROOT / file).is_file(), file
