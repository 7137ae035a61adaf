"""The dashboard and the alert rules use metrics that exist, and say what to do."""

import json
import re
import shutil
import subprocess
from datetime import datetime
from typing import Any

import pytest
import yaml

from badge_forge.settings import ROOT
from badge_forge.views.snapshot import Snapshot
from badge_forge.wall.metrics import render

FOLDER = ROOT / "docs" / "observability"
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "grafana-dashboard.json").read_text())
RULES: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"][0]["rules"]

NOTHING = Snapshot(
    taken_at=datetime(2026, 11, 29),  # noqa: DTZ001
    counts=[],
    throughput=[],
    nodes=[],
    latest=[],
    failures=[],
)


def existing() -> set[str]:
    """Return the names of all metrics, whether or not they have values."""
    names = set(re.findall(r"^# TYPE (\S+)", render(NOTHING).decode(), re.MULTILINE))
    return names | {"badge_forge_job_duration_seconds_bucket"}


def used(expression: str) -> set[str]:
    return set(re.findall(r"badge_forge_\w+", expression))


def expressions() -> list[str]:
    return [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]


def test_the_dashboard_shows_every_metric_and_no_other() -> None:
    shown = set[str]().union(*map(used, expressions()))
    kept = {name for name in existing() if not re.search("_(gsum|gcount|duration_seconds)$", name)}
    assert shown == kept


def test_the_dashboard_works_with_any_data_source() -> None:
    variables = {variable["name"] for variable in DASHBOARD["templating"]["list"]}
    assert "datasource" in variables
    for panel in DASHBOARD["panels"]:
        assert panel["datasource"]["uid"] == "${datasource}"
        assert all(target["datasource"]["uid"] == "${datasource}" for target in panel["targets"])
    assert set(re.findall(r"\$(\w+)", " ".join(expressions()))) <= variables


def test_no_two_panels_of_the_dashboard_overlap() -> None:
    cells = [
        (x, y)
        for at in (panel["gridPos"] for panel in DASHBOARD["panels"])
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _y in cells) < 24


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_uses_metrics_that_exist_and_names_the_command_to_run(rule: dict[str, Any]) -> None:
    assert used(rule["expr"]) <= existing()
    assert rule["annotations"]["summary"]
    assert re.search("`(make|bin/badge-forge) .+`", rule["annotations"]["description"])


def test_the_rules_fire_as_their_tests_say() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is missing; it is in Debian's package prometheus")
    for arguments in (["check", "config", "prometheus.yml"], ["test", "rules", "alerts_test.yml"]):
        result = subprocess.run(
            [promtool, *arguments], cwd=FOLDER, capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stdout + result.stderr
