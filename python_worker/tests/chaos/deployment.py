"""A deployment of both applications that restarts an application that has died."""

import os
import random
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL, STDOUT
from typing import Self

import psutil

from badge_forge.settings import ROOT
from helpers import HANG_S, eventually, still_alive

PRINTER = Path(__file__).with_name("printer.exs")

WORKER = (sys.executable, "-m", "badge_forge", "worker")
ELIXIR_APP = ("mix", "run", "--no-start", "--no-halt", "--require", str(PRINTER))
"""The documented command, with a printer that can fail."""

RESTART_AFTER_S = 0.5


class Deployment:
    """Applications by name, with the folders of the deployment in their environment.

    Usage: `with Deployment(folder, url, url) as deployment: deployment.start_worker()`.
    """

    def __init__(self, folder: Path, worker_url: str, app_url: str, **environment: str) -> None:
        self.badges, self.spool, self.logs = folder / "badges", folder / "spool", folder / "logs"
        self.printed_log = self.logs / "printed"
        self.logs.mkdir(parents=True)
        self.printed_log.touch()
        self._urls = {"worker": worker_url, "app": app_url}
        self._environment = os.environ | {
            "BADGES_DIR": str(self.badges),
            "SPOOL_DIR": str(self.spool),
            "PRINTED_LOG": str(self.printed_log),
            "RENDERERS": "2",
            **environment,
        }
        self._commands: dict[str, Sequence[str]] = {}
        self._processes: dict[str, psutil.Popen] = {}
        self._log_starts: dict[str, int] = {}
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise, daemon=True)

    def __enter__(self) -> Self:
        self._supervisor.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._supervisor.join()
        for name in list(self._processes):
            self.stop(name)

    def start_worker(self, name: str = "worker", *prefix: str, **environment: str) -> None:
        """Start a Python worker; `prefix` is put before its command."""
        self._start(name, (*prefix, *WORKER), environment)

    def start_app(self, *prefix: str, name: str = "app", **environment: str) -> None:
        """Start an Elixir app, whose name begins with `app`; `prefix` is put before its command."""
        self._start(name, (*prefix, *ELIXIR_APP), environment)

    def evaluate(self, expression: str) -> None:
        """Evaluate an Elixir expression in a separate app that runs no queue, as in iex."""
        config = "Application.get_env(:badge_forge, Oban) |> Keyword.put(:queues, [])"
        quiet = f"Application.put_env(:badge_forge, Oban, {config})"
        start = "{:ok, _} = Application.ensure_all_started(:badge_forge)"
        psutil.Popen(
            ["mix", "run", "--no-start", "-e", f"{quiet}; {start}; {expression}"],
            cwd=ROOT / "elixir_app",
            env=self._environment | {"DATABASE_URL": self._urls["app"]},
            stdin=DEVNULL,
        ).wait(HANG_S)

    def await_forging(self, name: str) -> None:
        """Wait until a worker has logged that it is ready."""
        log = self.logs / f"{name}.log"
        eventually(lambda: b"Forging badges" in log.read_bytes()[self._log_starts[name] :])

    def process(self, name: str) -> psutil.Process:
        """Return the process of an application."""
        with self._lock:
            return psutil.Process(self._processes[name].pid)

    def url(self, kind: str) -> str:
        """Return the URL of a `worker` or an `app`."""
        return self._urls[kind]

    def log(self, name: str) -> str:
        """Return what an application has logged."""
        return (self.logs / f"{name}.log").read_text(errors="replace")

    def renderers(self) -> list[psutil.Process]:
        """Return the renderer processes of all workers."""
        with self._lock:
            workers = [name for name in self._processes if _kind(name) == "worker"]
        found = []
        for name in workers:
            with suppress(psutil.Error):
                for child in self.process(name).children():
                    if "forkserver" in " ".join(child.cmdline()):
                        found += child.children()
        return found

    def kill(self, *names: str) -> None:
        """Kill applications and their children at once, like a power cut. They are restarted."""
        with self._lock:
            for process in [process for name in names for process in _tree(self._processes[name])]:
                with suppress(psutil.Error):
                    process.kill()

    def kill_process(self, name: str) -> None:
        """Kill the process of an application without its children. It is restarted."""
        with self._lock, suppress(psutil.Error):
            self.process(name).kill()

    def kill_a_renderer(self, rng: random.Random) -> None:
        """Kill a random renderer with a random fatal signal."""
        renderers = self.renderers()
        if renderers:
            with suppress(psutil.Error):
                rng.choice(renderers).send_signal(
                    rng.choice([signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
                )

    def stop(self, name: str) -> int:
        """Stop an application with SIGTERM, without a restart, and return its exit code."""
        with self._lock:
            process = self._processes.pop(name)
            del self._commands[name]
        tree = _tree(process)
        # faketime waits for its child and does not forward signals.
        asked = tree[1] if process.name() == "faketime" else process
        asked.terminate()
        code: int = process.wait(HANG_S)
        assert still_alive(tree) == []
        return code

    def everything(self) -> list[psutil.Process]:
        """Return all processes of the deployment."""
        with self._lock:
            return [process for one in self._processes.values() for process in _tree(one)]

    def _start(self, name: str, command: Sequence[str], environment: dict[str, str]) -> None:
        with self._lock:
            self._environment |= environment
            self._commands[name] = command
            self._spawn(name)

    def _spawn(self, name: str) -> None:
        kind = _kind(name)
        with (self.logs / f"{name}.log").open("ab") as log:
            self._log_starts[name] = log.tell()
            self._processes[name] = psutil.Popen(
                self._commands[name],
                cwd=ROOT / "elixir_app" if kind == "app" else ROOT,
                env=self._environment | {"DATABASE_URL": self._urls[kind]},
                stdin=DEVNULL,
                stdout=log,
                stderr=STDOUT,
                start_new_session=True,
            )

    def _supervise(self) -> None:
        while not self._closing.wait(RESTART_AFTER_S):
            with self._lock:
                for name, process in self._processes.items():
                    if process.poll() is not None:
                        self._spawn(name)


def _kind(name: str) -> str:
    return "app" if name.startswith("app") else "worker"


def _tree(process: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.Error):
        return [process, *process.children(recursive=True)]
    return []
