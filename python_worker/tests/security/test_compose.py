"""What `docker-compose.yml` and the Dockerfiles promise. `tests/containers` runs them."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from badge_forge.database.roles import Role
from badge_forge.settings import ROOT, Settings

FILE = ROOT / "docker-compose.yml"
DOCKERFILES = [ROOT / folder / "Dockerfile" for folder in ("python_worker", "elixir_app", "containers")]

APPLICATIONS = ("python_worker", "elixir_app")
ONCE = ("secret", "migrate")

OWN_FILES = {"designs", "events", "/dev/null"}
"""What a service that reads files of yours mounts if there are none."""

Service = dict[str, Any]
Services = dict[str, Service]

FILE_CONTENT: dict[str, Any] = yaml.safe_load(FILE.read_text())
SERVICES: Services = FILE_CONTENT["services"]


@pytest.fixture
def services() -> Services:
    return SERVICES


def mounts(service: Service) -> dict[str, tuple[str, bool]]:
    """Return the folder of each volume, and whether it is read-only."""
    defaults = (re.sub(r"\$\{\w+:-(.+?)\}", r"\1", volume) for volume in service.get("volumes", []))
    found = (volume.split(":") for volume in defaults)
    return {name: (folder, options == ["ro"]) for name, folder, *options in found}


def seconds(duration: str) -> int:
    assert re.fullmatch(r"\d+s", duration)
    return int(duration[:-1])


def test_every_port_is_published_on_127_0_0_1_only(services: Services) -> None:
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports
    assert [port for port in ports if not str(port).startswith("127.0.0.1:")] == []


def test_no_container_can_access_the_host_beyond_its_volumes(services: Services) -> None:
    forbidden = {"privileged", "pid", "ipc", "cap_add", "devices", "userns_mode", "configs", "secrets"}
    for name, service in services.items():
        assert not forbidden & set(service), name
        assert service.get("network_mode", "none") == "none", name
        assert set(mounts(service)) <= {*FILE_CONTENT["volumes"], "/dev/null"}, name


@pytest.mark.parametrize("name", SERVICES)
def test_each_container_is_read_only_unprivileged_and_limited(name: str, services: Services) -> None:
    service = services[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.match(r"\d|\$", str(service["mem_limit"]))
    assert service["pids_limit"] <= 512
    assert set(service["logging"]["options"]) == {"max-size", "max-file"}
    assert service["restart"] == ("no" if name in ONCE else "unless-stopped")


def test_our_images_are_built_and_never_pulled(services: Services) -> None:
    pulled = {service["image"] for service in services.values() if "build" not in service}
    assert pulled == {"postgres:18", "ghcr.io/oban-bg/oban-dash"}
    built = {service["image"] for service in services.values() if "build" in service}
    assert [image for image in built if not image.startswith("badge-forge-")] == []
    for name in ("migrate", *APPLICATIONS):
        assert services[name]["pull_policy"] == "build"  # an old image has old migrations


def test_a_change_of_the_code_does_not_restart_postgresql(services: Services) -> None:
    """Compose starts a service again if one that it depends on has another image."""
    assert set(services["postgres"]["depends_on"]) == {"secret"}
    assert services["secret"]["build"] == {"context": "containers"}
    copied = re.findall(r"(?m)^COPY (\S+)", (ROOT / "containers" / "Dockerfile").read_text())
    assert copied == ["create-secret", "set-password"]


def test_only_services_with_a_port_are_in_a_network_that_leads_out(services: Services) -> None:
    assert FILE_CONTENT["networks"]["inside"] == {"internal": True}
    for name, service in services.items():
        assert ("outside" in service.get("networks", [])) == ("ports" in service), name
        assert "networks" in service or service["network_mode"] == "none", name


def test_the_file_has_no_password_and_no_trust_authentication(services: Services) -> None:
    text = FILE.read_text()
    assert "trust" not in text.lower()
    assert re.findall(r"://[^@\s]+@", text) == []
    for name, service in services.items():
        environment = service.get("environment", {})
        assert "DATABASE_URL" not in environment, name
        secrets = {key for key in environment if re.search("PASS|SECRET|KEY|COOKIE", key)}
        assert secrets <= {"POSTGRES_PASSWORD_FILE"}, name


def test_only_the_owners_services_see_the_owners_password(services: Services) -> None:
    seen = {
        name: mounts(service)["secret"]
        for name, service in services.items()
        if "secret" in mounts(service)
    }
    assert seen == {
        "secret": ("/run/secret", False),
        "postgres": ("/run/secret", True),
        "migrate": ("/run/secret", True),
    }


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("python_worker", Role.WORKER),
        ("elixir_app", Role.PRINT_CENTER),
        ("wall", Role.DASH),
        ("dash", Role.DASH),
    ],
)
def test_an_application_gets_the_url_of_its_own_role_only(
    name: str, role: Role, services: Services
) -> None:
    volume = {Role.WORKER: "worker"}.get(role, role.value)
    service = services[name]
    folder, read_only = mounts(service)[volume]
    assert read_only
    given = service.get("environment", {}).get("DATABASE_URL_FILE") or "".join(service["entrypoint"])
    assert f"{folder}/url" in given
    others = set(mounts(service)) - {volume, "badges", "spool"}
    assert others <= OWN_FILES
    script = (ROOT / "containers" / "prepare-database").read_text()
    mode = "444" if role is Role.DASH else "440"
    assert f"write_url {role.value} {folder} {mode} " in script


def test_the_roles_can_connect_to_no_other_database_of_the_container() -> None:
    assert "badge-forge db roles --own-server\n" in (ROOT / "containers/prepare-database").read_text()


def test_only_the_python_worker_can_write_badges(services: Services) -> None:
    writers = [
        name for name, each in services.items() if mounts(each).get("badges") == ("/data/badges", False)
    ]
    assert writers == ["python_worker"]
    assert mounts(services["elixir_app"])["badges"] == ("/data/badges", True)


def test_containers_get_more_time_to_stop_than_their_applications_take(services: Services) -> None:
    grace_s = {
        name: seconds(each["stop_grace_period"])
        for name, each in services.items()
        if "stop_grace_period" in each
    }
    assert grace_s["python_worker"] > Settings.model_fields["shutdown_grace_s"].default
    configuration = (ROOT / "elixir_app" / "config" / "config.exs").read_text()
    elixirs = re.search(r"shutdown_grace_period: :timer\.seconds\((\d+)\)", configuration)
    assert elixirs
    assert grace_s["elixir_app"] > int(elixirs[1])
    assert grace_s["postgres"] == 60


def test_applications_start_after_the_migrations_and_report_their_health(services: Services) -> None:
    for name in (*APPLICATIONS, "wall", "dash"):
        assert services[name]["depends_on"] == {
            "migrate": {"condition": "service_completed_successfully"}
        }
    for name in APPLICATIONS:
        assert services[name]["healthcheck"]["test"] == ["CMD", "healthy"]
        assert services[name]["environment"]["HEALTH_FILE"].startswith("/tmp/")
    assert services["wall"]["healthcheck"]["test"] == ["CMD", "wall-healthy"]


def test_each_service_that_reads_your_files_gets_them_from_where_the_variables_say(
    services: Services,
) -> None:
    queues = "${QUEUES_FILE:-/dev/null}:/badge-forge/queues.toml:ro"
    for name in ("migrate", "python_worker", "wall"):
        assert queues in services[name]["volumes"], name
    folders = (
        "${DESIGNS_DIR:-designs}:/badge-forge/designs:ro",
        "${EVENTS_DIR:-events}:/badge-forge/events:ro",
    )
    assert set(folders) <= set(services["python_worker"]["volumes"])


def test_oban_web_accepts_its_websocket(services: Services) -> None:
    assert services["dash"]["environment"]["HOST"] == "127.0.0.1"


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda path: path.parent.name)
def test_an_image_of_ours_runs_as_a_user_without_rights(file: Path) -> None:
    *_build_stages, last = re.split(r"(?m)^FROM ", file.read_text())
    assert re.findall(r"(?m)^USER (.*)", last)[-1].split(":")[0].isdecimal()
    assert re.findall(r"(?m)^USER (?:root|0)\b", file.read_text()) == []


@pytest.mark.parametrize("file", DOCKERFILES[:2], ids=lambda path: path.parent.name)
def test_an_image_with_our_code_tells_its_version(file: Path) -> None:
    project = tomllib.loads((ROOT / "python_worker" / "pyproject.toml").read_text())["project"]
    assert f'image.version="{project["version"]}"' in file.read_text()


def test_every_python_package_in_an_image_has_a_hash() -> None:
    text = DOCKERFILES[0].read_text().replace("\\\n", " ")
    installs = re.findall(r"pip(?: --python \S+)? (?:install|wheel) ([^&\n]*)", text)
    assert len(installs) >= 5
    for arguments in installs:
        assert re.search("--require-hashes|--no-deps", arguments), arguments
