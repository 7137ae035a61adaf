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
    """Tell what this machine lacks to print every name, and how to install it.

    Exit code 0 if nothing is missing, else 1.
    """
    console = Console(highlight=False)
    found = libraries()
    for library in found:
        _tell(console, _line(library))
    missing: list[Library | Script] = [library for library in found if not library.found]
    if any(library.name == "Pango" for library in missing):
        _tell(console, "Fonts: can't be looked at without Pango")
    else:
        undrawn = undrawn_scripts()
        show = _show_table if console.is_terminal else _show_lines
        show(console, undrawn)
        missing += undrawn
    if missing:
        _tell(console, _advice(each.package(sys.platform) for each in missing))
        sys.exit(1)
    _tell(console, "Nothing is missing: every script is drawn")


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
        _tell(console, f"{script.name} ({script.sample}): {drawn}")


def _with_sample() -> Iterable[Script]:
    return (script for script in scripts() if script.sample)


def _advice(packages: Iterable[str]) -> str:
    """Return the one command that installs all `packages`; each may be several, or empty."""
    wanted = " ".join(sorted({name for package in packages for name in package.split()}))
    if not wanted:
        return "Something is missing that no package is known for"
    if sys.platform == "darwin":
        return f"Something is missing; run: brew install {wanted}"
    if shutil.which("apt-get"):
        sudo = "" if os.geteuid() == 0 else "sudo "
        return f"Something is missing; run: {sudo}apt-get install --yes {wanted}"
    return f"Something is missing; install what your system calls (in Debian's words): {wanted}"


def _tell(console: Console, line: str) -> None:
    console.print(Text(line), soft_wrap=True)
