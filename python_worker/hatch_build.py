"""Include the files of `db/` in the sdist and the wheel, which are used without the checkout."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class DatabaseFiles(BuildHookInterface):
    """Adds the migrations and roles. An editable installation uses those of the checkout instead."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files from the checkout, or from the sdist if the wheel is built from one."""
        if version == "editable":
            return
        root = Path(self.root)
        folder = root / "db" if (root / "db").is_dir() else root.parent / "db"
        into = "db" if self.target_name == "sdist" else "badge_forge/db"
        for name in ("migrations", "roles.sql"):
            build_data["force_include"][str(folder / name)] = f"{into}/{name}"
