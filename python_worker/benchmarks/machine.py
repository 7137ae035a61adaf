"""Describe the machine and the versions of a run."""

import ctypes
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from badge_forge.database.embedded import binaries
from badge_forge.settings import ROOT, cores

GIB = 1024**3


def describe() -> dict[str, str]:
    """Return what is needed to compare figures with those of another run, as texts by name."""
    return {
        "cpu": _cpu_model(),
        "cores": str(cores()),
        "memory": f"{psutil.virtual_memory().total / GIB:.0f} GiB",
        "load before": f"{os.getloadavg()[0]:.1f}",
        "os": _os_name(),
        "python": platform.python_version(),
        "weasyprint": version("weasyprint"),
        "pango": _library("libpango-1.0.so.0", "pango_version_string"),
        "harfbuzz": _library("libharfbuzz.so.0", "hb_version_string"),
        "typst": _version("typst"),
        "reportlab": _version("reportlab"),
        "elixir": _first_line("elixir", "--short-version"),
        "oban for elixir": _oban_for_elixir(),
        "oban for python": version("oban"),
        "postgresql": _first_line(str(binaries() / "postgres"), "--version").rpartition(" ")[2],
        "revision": _revision(),
    }


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def _os_name() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.platform()


def _library(name: str, function: str) -> str:
    try:
        ask = getattr(ctypes.CDLL(name), function)
    except OSError:
        return "unknown"
    ask.restype = ctypes.c_char_p
    return str(ask().decode())


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _oban_for_elixir() -> str:
    choice = ROOT / "var" / "oban"
    return "from Hex" if choice.exists() and choice.read_text().strip() == "hex" else "stand-in"


def _revision() -> str:
    revision = _first_line("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD")
    changed = _first_line("git", "-C", str(ROOT), "status", "--porcelain", "--untracked-files=no")
    return f"{revision}, with changes" if changed else revision


def _first_line(*command: str) -> str:
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    except OSError:
        return "unknown"
    return (result.stdout.strip().splitlines() or [""])[0]
