"""The columns of the matrix: what a run asserted on one Oban for Elixir, kept as JSON."""

import json
from importlib.metadata import version
from typing import Any

import psycopg

from badge_forge.settings import ROOT
from matrix.cells import ACTIONS, ACTORS, CELLS
from matrix.nodes import ElixirNode

COLUMNS = ROOT / "docs" / "compatibility"
"""A file for each column: `hex.json` and `stand-in.json`."""

PAGE = ROOT / "docs" / "compatibility.md"


def read_versions(elixir: ElixirNode, connection: psycopg.Connection) -> dict[str, str]:
    """Return what ran: the name of the column, and the versions."""
    oban = elixir.evaluate("to_string(Application.spec(:oban, :vsn))").strip('"')
    major, minor = divmod(connection.info.server_version, 10_000)
    return {
        "column": elixir.oban,
        "Oban for Elixir": oban if elixir.oban == "hex" else "stand-in",
        "Elixir": elixir.evaluate("System.version()").strip('"'),
        "OTP": elixir.evaluate("System.otp_release()").strip('"'),
        "Oban for Python": version("oban"),
        "PostgreSQL": f"{major}.{minor}",
    }


def outcomes(column: str) -> dict[str, dict[str, str]]:
    """Return what the tests assert on the Oban of `column`, by action and actor."""
    cells: dict[str, dict[str, str]] = {}
    for action in ACTIONS:
        for actor in ACTORS:
            cell = CELLS[action, actor]
            outcome = cell.on(column)
            cells[f"{action}, {actor}"] = {
                "outcome": outcome.mark,
                "note": outcome.note,
                "test": cell.test,
            }
    return cells


def write_column(versions: dict[str, str]) -> None:
    """Write the column of the Oban that ran, and the page with all columns."""
    from matrix.page import render

    COLUMNS.mkdir(exist_ok=True)
    column = versions.pop("column")
    content = {"versions": versions, "cells": outcomes(column)}
    file = COLUMNS / f"{column}.json"
    file.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n")
    PAGE.write_text(render(read_columns()))


def read_columns() -> dict[str, Any]:
    """Return the columns that were written, by name."""
    return {file.stem: json.loads(file.read_text()) for file in sorted(COLUMNS.glob("*.json"))}
