"""`bin/badge-forge doctor`."""

import os
import shutil
import sys
from collections.abc import Collection, Iterable

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from badge_forge.checks.areas import areas
from badge_forge.checks.machine import Library, libraries, undrawn_scripts
from badge_forge.settings import Settings
from badge_forge.text.scripts import Script, scripts
from badge_forge.text.text import counted

SHOWN_SCRIPTS = 5
"""How many scripts without a font are named. `--all` lists all scripts."""


@click.command()
@click.option("--all", "everything", is_flag=True, help="List each script with its sample.")
def doctor(everything: bool) -> None:
    """Check this machine for the libraries and fonts that badges need.

    One line per area: libraries, fonts, Elixir, database, applications, disk. Then the command that
    installs what is missing. Exit code 0 if badges can be made, otherwise 1.
    """
    settings = Settings.load()
    console = Console(highlight=False)
    found = libraries()
    _print(console, _libraries(found))
    missing: list[Library | Script] = [library for library in found if not library.found]
    if any(library.name == "Pango" for library in missing):
        _print(console, "Fonts: can't be checked without Pango")
    else:
        undrawn = undrawn_scripts()
        _print(console, _fonts(undrawn))
        if everything:
            show = _show_table if console.is_terminal else _show_lines
            show(console, undrawn)
        missing += undrawn
    broken = False
    for area in areas(settings):
        _print(console, f"{area.name}: {area.state}")
        broken = broken or not area.ok
    if missing:
        _print(console, _advice(each.package(sys.platform) for each in missing))
    elif not broken:
        _print(console, "Nothing is missing")
    sys.exit(1 if missing or broken else 0)


def _libraries(found: Iterable[Library]) -> str:
    states = [
        f"{library.name} {library.version}".rstrip()
        if library.found
        else f"{library.name} is missing (install {library.package(sys.platform)})"
        for library in found
    ]
    return f"Libraries: {', '.join(states)}"


def _fonts(undrawn: Collection[Script]) -> str:
    samples = counted(len(list(_with_sample())), "script")
    if not undrawn:
        return f"Fonts: {samples} can be drawn"
    names = ", ".join(script.name for script in list(undrawn)[:SHOWN_SCRIPTS])
    more = f" and {len(undrawn) - SHOWN_SCRIPTS} more" if len(undrawn) > SHOWN_SCRIPTS else ""
    return f"Fonts: {len(undrawn)} of {samples} can't be drawn: {names}{more} (--all lists them)"


def _show_table(console: Console, undrawn: Collection[Script]) -> None:
    table = Table("Script", "Sample", "Drawn", "Package")
    for script in _with_sample():
        drawn = Text("no", "bold red") if script in undrawn else Text("yes", "green")
        table.add_row(script.name, Text(script.sample), drawn, script.package() or "none known")
    console.print(table)


def _show_lines(console: Console, undrawn: Collection[Script]) -> None:
    for script in _with_sample():
        package = script.package()
        advice = f"install {package}" if package else "no package is known to draw it"
        drawn = f"not drawn, {advice}" if script in undrawn else "drawn"
        _print(console, f"  {script.name} ({script.sample}): {drawn}")


def _with_sample() -> Iterable[Script]:
    return (script for script in scripts() if script.sample)


def _advice(packages: Iterable[str]) -> str:
    """Return the command that installs all `packages`. An item may name several packages, or none."""
    wanted = " ".join(sorted({name for package in packages for name in package.split()}))
    if not wanted:
        return "Something is missing, but no package is known that contains it"
    if sys.platform == "darwin":
        return f"Something is missing; run: brew install {wanted}"
    if shutil.which("apt-get"):
        sudo = "" if os.geteuid() == 0 else "sudo "
        return f"Something is missing; run: {sudo}apt-get install --yes {wanted}"
    return f"Something is missing; install your system's equivalents of these Debian packages: {wanted}"


def _print(console: Console, line: str) -> None:
    console.print(Text(line), soft_wrap=True)
