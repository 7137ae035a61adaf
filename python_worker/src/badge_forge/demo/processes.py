"""The processes that a demo starts: the Python worker, and the Elixir app."""

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


class Application:
    """A process in a group of its own, whose output goes to the end of the file `log`."""

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
                # A session of its own: a Ctrl-C in the terminal reaches the demo alone, which then
                # stops its applications in order.
                self._process = subprocess.Popen(
                    command,
                    cwd=folder,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            except OSError as error:
                raise WorldError(
                    f"can't start {name} ({command[0]}: {error.strerror}): run `make setup`"
                ) from error

    @property
    def process_id(self) -> int:
        """The id of the process that was started."""
        return self._process.pid

    def require_running(self) -> None:
        """Raise `WorldError`, with what the application said last, if it has ended."""
        code = self._process.poll()
        if code is not None:
            raise WorldError(self._explain_end(code))

    def require_success(self, timeout_s: float) -> None:
        """Wait for the application to end.

        Raises `WorldError` if it fails, or has not ended after `timeout_s` seconds.
        """
        try:
            code = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise WorldError(
                f"{self.name} has not ended after {timeout_s:g} s: see {self.log}"
            ) from None
        if code != 0:
            raise WorldError(self._explain_end(code))

    def ask_to_stop(self) -> None:
        """Send SIGTERM, on which both applications finish what is running and leave."""
        if self._process.poll() is None:
            self._process.terminate()

    def force_to_stop(self, deadline: float) -> None:
        """Wait until `deadline` (of `time.monotonic`), then kill what is left of the group."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, deadline - time.monotonic()))
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _explain_end(self, code: int) -> str:
        lines = self._output().strip().splitlines()
        last = lines[-1] if lines else "(nothing)"
        return f"{self.name} ended with exit code {code}, saying: {last} (see {self.log})"

    def _output(self) -> str:
        with self.log.open("rb") as log:
            log.seek(self._start_of_log)
            return log.read().decode(errors="replace")


@contextmanager
def stopped_together(applications: list[Application], grace_s: float) -> Iterator[None]:
    """Stop the `applications`, all at once and within `grace_s` seconds, when the block ends."""
    try:
        yield
    finally:
        # Ignored meanwhile: a second Ctrl-C would leave some of the applications running.
        with handled((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), signal.SIG_IGN):
            for application in applications:
                application.ask_to_stop()
            deadline = time.monotonic() + grace_s
            for application in applications:
                application.force_to_stop(deadline)


@contextmanager
def handled(numbers: Iterable[signal.Signals], handler: Handler) -> Iterator[None]:
    """Let `handler` have the signals `numbers` while the block runs."""
    previous = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, before in previous.items():
            signal.signal(number, before)


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Let SIGTERM, and a terminal that is closed, stop the block as Ctrl-C does."""
    with handled((signal.SIGTERM, signal.SIGHUP), _interrupt):
        yield


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
