"""Settings come from the environment and are checked before anything starts."""

from pathlib import Path

import pytest

from badge_forge.errors import SettingsError
from badge_forge.settings import ROOT, VAR, Settings


def test_the_badges_folder_is_under_var_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BADGES_DIR", raising=False)
    assert Settings.load().badges_dir == VAR / "badges"


def test_a_relative_folder_is_relative_to_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BADGES_DIR", "elsewhere/badges")
    assert Settings.load().badges_dir == ROOT / "elsewhere" / "badges"


def test_a_tilde_is_the_home_folder_as_in_the_elixir_app(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BADGES_DIR", "~/badges")
    assert Settings.load().badges_dir == Path.home() / "badges"


@pytest.mark.parametrize("level", ["warning", "WARNING"])
def test_a_log_level_can_be_lower_case(level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", level)
    assert Settings.load().log_level == "WARNING"


@pytest.mark.parametrize(
    ("variable", "value"),
    [("RENDERERS", "0"), ("RENDERERS", "many"), ("RENDER_TIMEOUT_S", "-1"), ("LOG_LEVEL", "loud")],
)
def test_an_invalid_value_is_reported_on_one_line(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=rf"^{variable}: .*{value}[^\n]*$"):
        Settings.load()


def test_the_database_password_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:hunter2@localhost/x")
    settings = Settings.load()
    assert "hunter2" not in repr(settings) + str(settings)


def test_the_database_url_can_be_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (tmp_path / "url").write_text("postgresql://me:hunter2@localhost/x\n")
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "url"))
    url = Settings.load().database_url
    assert url
    assert url.get_secret_value() == "postgresql://me:hunter2@localhost/x"


def test_database_url_wins_over_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "url").write_text("postgresql://file@localhost/x")
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "url"))
    monkeypatch.setenv("DATABASE_URL", "postgresql://variable@localhost/x")
    url = Settings.load().database_url
    assert url
    assert "variable" in url.get_secret_value()


def test_a_missing_file_of_the_database_url_is_reported_on_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "url"))
    with pytest.raises(SettingsError, match=r"^DATABASE_URL_FILE: can't read the file: No such file"):
        Settings.load()
