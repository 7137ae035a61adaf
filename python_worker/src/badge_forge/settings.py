"""Settings from the environment: declared, validated and documented in one place."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, PositiveInt, SecretStr, ValidationError
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from badge_forge.errors import SettingsError

_PACKAGE = Path(__file__).resolve().parent

IN_CHECKOUT = (_PACKAGE.parents[2] / "python_worker").is_dir()
"""Whether this is a checkout. An installed package has no `elixir_app/` and no `docker-compose.yml`."""

COMMAND = "bin/badge-forge" if IN_CHECKOUT else "badge-forge"
"""How messages name the command."""

ROOT = _PACKAGE.parents[2] if IN_CHECKOUT else Path.cwd()
"""The checkout, or the working directory of an installed package."""

DB = ROOT / "db" if IN_CHECKOUT else _PACKAGE / "db"
"""The migrations and the roles. A wheel contains a copy of the checkout's."""

CONTRACTS, CONTRACT_SUFFIX = DB / "contracts", ".schema.json"
"""The folder of the contracts, which only a checkout has, and the end of their files' names."""

VAR = ROOT / Path(os.environ.get("BADGE_FORGE_VAR") or "var").expanduser()
"""The folder of all files that are created at run time."""


def _is_readable(path: Path) -> Path:
    try:
        path.read_bytes()
    except OSError as error:
        raise PydanticCustomError(
            "unreadable", "can't read the file: {why}", {"why": error.strerror}
        ) from None
    return path


Folder = Annotated[Path, AfterValidator(lambda path: ROOT / path.expanduser())]
"""A relative path starts at `ROOT`. In a checkout, the Elixir app resolves it in the same way."""


LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(str.upper)]
"""In upper or lower case: the Elixir app reads the same variable, and Elixir's levels are lower case."""


UrlFile = Annotated[Path, AfterValidator(lambda path: path.expanduser()), AfterValidator(_is_readable)]


def cores() -> int:
    """Return the number of cores that this process may use, within a container's CPU quota."""
    from loky.backend.context import cpu_count  # imported here, because few commands need it

    return int(cpu_count())


class Settings(BaseSettings):
    """Settings of Badge Forge. Each is an environment variable with the same name in upper case."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, hide_input_in_errors=True)

    database_url: SecretStr | None = Field(
        None, description="PostgreSQL to use; default: compose if Docker answers, else embedded"
    )
    database_url_file: UrlFile | None = Field(
        None, description="a file with that URL, as containers get their secrets; DATABASE_URL wins"
    )
    listen_database_url: SecretStr | None = Field(
        None, description="PostgreSQL for notifications, if DATABASE_URL is a pooler's"
    )
    listen_database_url_file: UrlFile | None = Field(None, description="a file with that URL")
    badges_dir: Folder = Field(VAR / "badges", description="folder of the PDFs")
    spool_dir: Folder = Field(VAR / "spool", description="folder of the default printer")
    designs_dir: Folder = Field(ROOT / "designs", description="folder of your designs")
    events_dir: Folder = Field(ROOT / "events", description="folder of your events")
    sheets_dir: Folder = Field(VAR / "sheets", description="folder of sheets that are printed")
    queues_file: Folder = Field(
        ROOT / "queues.toml", description="a file with your own queues; default: none"
    )
    cmyk_profile: Path | None = Field(
        None, description="ICC profile of the press for PDF/X-4; default: Ghostscript's SWOP profile"
    )
    health_file: Path | None = Field(
        None, description="a file that is touched each second while the queue reaches the table"
    )
    log_level: LogLevel = Field("INFO", description="lowest level that is logged")
    log_format: Literal["auto", "text", "json"] = Field(
        "auto", description="one line per badge (text) or Oban's JSON; default: text on a terminal"
    )
    log_args: bool = Field(
        True,
        description="false: log lines (both languages) have ids, but no name, company, e-mail or path",
    )
    renderers: PositiveInt = Field(
        default_factory=cores, description="number of renderer processes; default: one per core"
    )
    render_timeout_s: Annotated[float, Field(gt=0, le=120)] = Field(
        60, description="seconds after which the renderer of a badge is killed"
    )
    renderer_memory_mib: Annotated[int, Field(ge=256)] = Field(
        1024, description="MiB that a renderer may use; above half of it, it is replaced"
    )
    shutdown_grace_s: Annotated[float, Field(gt=0)] = Field(
        30, description="seconds that running jobs get when the worker stops"
    )
    prune_after_s: PositiveInt = Field(
        7 * 24 * 3600, description="seconds after which finished jobs of both languages are pruned"
    )
    wall_host: str = Field("127.0.0.1", description="address that `badge-forge wall` listens on")
    wall_port: Annotated[int, Field(ge=1, le=65535)] = Field(4001, description="its port")
    wall_names: Literal["full", "first", "none"] = Field(
        "full", description="how much of people's names the wall shows"
    )

    @classmethod
    def load(cls, **overrides: Any) -> Self:
        """Read the environment. Raises `SettingsError`, which names each invalid variable."""
        try:
            settings = cls(**overrides)
        except ValidationError as error:
            raise SettingsError(
                "; ".join(
                    f"{str(problem['loc'][0]).upper()}: {problem['msg'].removeprefix('Input ')}, "
                    f"got {os.environ.get(str(problem['loc'][0]).upper())!r}"
                    for problem in error.errors(include_url=False)
                )
            ) from None
        read = {
            name: SecretStr(file.read_text().strip())
            for name, file in (
                ("database_url", settings.database_url_file),
                ("listen_database_url", settings.listen_database_url_file),
            )
            if file is not None and getattr(settings, name) is None
        }
        return settings.model_copy(update=read) if read else settings
