"""`bin/badge-forge doctor`."""

import os
import shutil
import sys
from collections.abc import Collection, Iterable

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from badge_forge.checks.machine import Library, libraries, undrawn_scripts
from badge_forge.text.scripts import Script, scripts


@click.command()
def doctor() -> None:
    """Check this machine for the libraries and fonts that badges need.

    Prints the command that installs what is missing. Exit code 0 if nothing is missing, otherwise 1.
    """
    console = Console(highlight=False)
    found = libraries()
    for library in found:
        _print(console, _line(library))
    missing: list[Library | Script] = [library for library in found if not library.found]
    if any(library.name == "Pango" for library in missing):
        _print(console, "Fonts: can't be checked without Pango")
    else:
        undrawn = undrawn_scripts()
        show = _show_table if console.is_terminal else _show_lines
        show(console, undrawn)
        missing += undrawn
    if missing:
        _print(console, _advice(each.package(sys.platform) for each in missing))
        sys.exit(1)
    _print(console, "Nothing is missing: every script can be drawn")


def _line(library: Library) -> str:
    if library.found:
        return f"{library.name} {library.version}".rstrip() + ": found"
    return f"{library.name}: missing, install {library.package(sys.platform)}"


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
        _print(console, f"{script.name} ({script.sample}): {drawn}")


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
