"""Start and stop the processes of the demo: the Python worker and the Elixir app."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from badge_forge.errors import WorldError

Handler = Callable[[int, FrameType | None], None] | signal.Handlers


GUARD = 'read -r _; kill -TERM "$1"; sleep "$2"; kill -KILL "-$1"'
"""Ends the application $1 when stdin ends, within $2 seconds. Only the demo has the other end."""

KILLED_AFTER_S = 3


class Application:
    """A process in a new session, whose output is appended to the file `log`.

    It ends with this process, even if that is killed.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        folder: Path,
        log: Path,
        environment: dict[str, str],
    ) -> None:
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self._start_of_log = output.tell()
            try:
                # In a new session, Ctrl-C reaches only the demo, which then stops its applications.
                self._process = subprocess.Popen(
                    command,
                    cwd=folder,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
                self._guard = self._start_guard()
            except OSError as error:
                raise WorldError(
                    f"can't start {name} ({command[0]}: {error.strerror}): run `make setup`"
                ) from error

    @property
    def process_id(self) -> int:
        """The id of the process."""
        return self._process.pid

    def require_running(self) -> None:
        """Raise `WorldError`, with the last line of output, if the application has ended."""
        code = self._process.poll()
        if code is not None:
            raise WorldError(self._explain_end(code))

    def require_success(self, timeout_s: float) -> None:
        """Wait for the application to end.

        Raises `WorldError` if it fails or does not end within `timeout_s` seconds.
        """
        try:
            code = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise WorldError(f"{self.name} did not end within {timeout_s:g} s: see {self.log}") from None
        if code != 0:
            raise WorldError(self._explain_end(code))

    def terminate(self) -> None:
        """Send SIGTERM: both applications then finish their running jobs and exit."""
        if self._process.poll() is None:
            self._process.terminate()

    def kill_after(self, deadline: float) -> None:
        """Wait until `deadline` (a `time.monotonic` time), then kill what remains of the group."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, deadline - time.monotonic()))
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._guard.kill()  # before its stdin ends
        with self._guard:
            self._process.wait()

    def _start_guard(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["/bin/sh", "-c", GUARD, "sh", str(self._process.pid), str(KILLED_AFTER_S)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _explain_end(self, code: int) -> str:
        lines = self._output().strip().splitlines()
        last = lines[-1] if lines else "(no output)"
        return f"{self.name} ended with exit code {code}: {last} (see {self.log})"

    def _output(self) -> str:
        with self.log.open("rb") as log:
            log.seek(self._start_of_log)
            return log.read().decode(errors="replace")


@contextmanager
def stopped_together(applications: list[Application], grace_s: float) -> Iterator[None]:
    """Stop all `applications` at once when the block ends. Kill them after `grace_s` seconds."""
    try:
        yield
    finally:
        # Ignore signals meanwhile: a second Ctrl-C would leave some applications running.
        with handled((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), signal.SIG_IGN):
            for application in applications:
                application.terminate()
            deadline = time.monotonic() + grace_s
            for application in applications:
                application.kill_after(deadline)


@contextmanager
def handled(numbers: Iterable[signal.Signals], handler: Handler) -> Iterator[None]:
    """Install `handler` for the signals `numbers` while the block runs."""
    previous = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, before in previous.items():
            signal.signal(number, before)


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Make SIGTERM and SIGHUP (the terminal is closed) interrupt the block as Ctrl-C does."""
    with handled((signal.SIGTERM, signal.SIGHUP), _interrupt):
        yield


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
