"""What can be set, from the environment: declared, checked and documented in one place."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, PositiveInt, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from badge_forge.errors import SettingsError

_PACKAGE = Path(__file__).resolve().parent

IN_CHECKOUT = (_PACKAGE.parents[2] / "python_worker").is_dir()
"""Whether this is a checkout. An installed package has no `elixir_app/` and no `docker-compose.yml`."""

ROOT = _PACKAGE.parents[2] if IN_CHECKOUT else Path.cwd()
"""The checkout, or the folder in which an installed package is run."""

DB = ROOT / "db" if IN_CHECKOUT else _PACKAGE / "db"
"""The migrations and the roles; a wheel has a copy of the checkout's."""

VAR = ROOT / Path(os.environ.get("BADGE_FORGE_VAR") or "var").expanduser()
"""Everything made at run time lies here."""

Folder = Annotated[Path, AfterValidator(lambda path: ROOT / path.expanduser())]
"""A relative path counts from `ROOT`: in a checkout, as it does for the Elixir app, from its top."""


LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(str.upper)]
"""In either case: the Elixir app reads the same variable, and its community writes it small."""


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Settings(BaseSettings):
    """Badge Forge's settings; each is an environment variable of the same name in upper case."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, hide_input_in_errors=True)

    database_url: SecretStr | None = Field(
        None, description="PostgreSQL to use; unset: compose if Docker answers, else embedded"
    )
    badges_dir: Folder = Field(VAR / "badges", description="where PDFs are stored")
    designs_dir: Folder = Field(ROOT / "designs", description="where your own designs are")
    cmyk_profile: Path | None = Field(
        None, description="ICC profile of the press for PDF/X-4; unset: Ghostscript's, of SWOP"
    )
    log_level: LogLevel = Field("INFO", description="the least level that is logged")
    log_args: bool = Field(
        True,
        description="false: no name, company, e-mail or path in a log line of either language, but ids",
    )
    renderers: PositiveInt = Field(
        default_factory=cores, description="renderer processes; default: one a core"
    )
    render_timeout_s: Annotated[float, Field(gt=0, le=120)] = Field(
        60, description="seconds until a badge is given up and its renderer killed"
    )
    renderer_memory_mib: Annotated[int, Field(ge=256)] = Field(
        1024, description="MiB that a renderer may take; above half of it, it is replaced"
    )
    shutdown_grace_s: Annotated[float, Field(gt=0)] = Field(
        30, description="seconds that running badges get when the worker stops"
    )
    prune_after_s: PositiveInt = Field(
        7 * 24 * 3600, description="seconds until finished jobs are pruned, of both languages"
    )

    @classmethod
    def load(cls, **overrides: Any) -> Self:
        """Read the environment. Raises `SettingsError`, which names each variable at fault."""
        try:
            return cls(**overrides)
        except ValidationError as error:
            raise SettingsError(
                "; ".join(
                    f"{str(problem['loc'][0]).upper()}: {problem['msg'].removeprefix('Input ')}, "
                    f"got {os.environ.get(str(problem['loc'][0]).upper())!r}"
                    for problem in error.errors(include_url=False)
                )
            ) from None
