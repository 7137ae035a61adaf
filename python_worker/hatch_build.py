"""Puts `db/` into what is built: an installed package has no checkout around it."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class DatabaseFiles(BuildHookInterface):
    """Adds the migrations and the roles. In an editable installation those of the checkout serve."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Choose the files: those of the checkout, or those of the sources that were made of it."""
        if version == "editable":
            return
        root = Path(self.root)
        folder = root / "db" if (root / "db").is_dir() else root.parent / "db"
        into = "db" if self.target_name == "sdist" else "badge_forge/db"
        for name in ("migrations", "roles.sql"):
            build_data["force_include"][str(folder / name)] = f"{into}/{name}"
