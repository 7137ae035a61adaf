"""`docker-compose.yml` publishes ports on 127.0.0.1 only, and contains no password."""

import re
from typing import Any

import pytest
import yaml

from badge_forge.settings import ROOT

FILE = ROOT / "docker-compose.yml"


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    content: dict[str, Any] = yaml.safe_load(FILE.read_text())
    found: dict[str, dict[str, Any]] = content["services"]
    return found


def test_every_port_is_published_on_127_0_0_1_only(services: dict[str, dict[str, Any]]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports
    assert [port for port in ports if not str(port).startswith("127.0.0.1:")] == []


def test_no_container_can_access_the_host_beyond_its_volumes(
    services: dict[str, dict[str, Any]],
) -> None:
    forbidden = {"privileged", "network_mode", "pid", "ipc", "cap_add", "devices", "userns_mode"}
    for name, service in services.items():
        assert not forbidden & set(service), name
        for volume in service.get("volumes", []):
            assert re.match(r"(secret|postgres|dash):", volume), f"{name} mounts {volume}"


def test_the_file_has_no_password_and_no_trust_authentication(
    services: dict[str, dict[str, Any]],
) -> None:
    text = FILE.read_text()
    assert "trust" not in text.lower()
    # Each URL contains a command that reads the password.
    assert set(re.findall(r"://[^:@\s]+:(.+?)@", text)) == {"$$(cat /run/secret/password)"}
    for service in services.values():
        secrets = {key for key in service.get("environment", {}) if re.search("PASS|SECRET|KEY", key)}
        assert secrets <= {"POSTGRES_PASSWORD_FILE"}


def test_only_the_service_that_creates_the_password_can_write_it(
    services: dict[str, dict[str, Any]],
) -> None:
    writers = [
        name
        for name, service in services.items()
        if any(re.match(r"secret:.*(?<!:ro)$", volume) for volume in service.get("volumes", []))
    ]
    assert writers == ["secret"]


def test_oban_web_gets_only_the_url_of_its_role_and_accepts_its_websocket(
    services: dict[str, dict[str, Any]],
) -> None:
    dash = services["dash"]
    assert dash["volumes"] == ["dash:/run/dash:ro"]
    assert "--role dash >/run/dash/new" in " ".join(services["migrate"]["command"])
    assert dash["environment"]["HOST"] == "127.0.0.1"
