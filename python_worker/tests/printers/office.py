"""Virtual printers and a real CUPS, in a network namespace: what they print can be counted.

A printer is an `ippeveprinter` of CUPS, whose paper is that of `badge.ppd`. It has a folder:

| file | content |
| --- | --- |
| `sheets` | a line for each sheet that came out, beginning with the name of its job |
| `trouble` | a state reason, `media-jam` for example: nothing comes out while the file exists |
| `seconds` | how long a sheet takes |
| `abort` | while this file exists, each job is aborted |
"""

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT
from typing import Any, Self

import psutil

from helpers import HANG_S, eventually
from printers.forwarder import Forwarder

HERE = Path(__file__).parent
PROGRAMS = (
    "ippeveprinter",
    "cupsd",
    "lpadmin",
    "avahi-daemon",
    "dbus-daemon",
    "unshare",
    "setpriv",
    "nsenter",
    "ip",
)

FIRST_PORT = 18631
CUPS_PORT = 631

TROUBLES = ("media-jam", "media-empty", "cover-open", "toner-empty", "input-tray-missing")

CUPSD_CONF = """
LogLevel warn
MaxLogSize 0
Listen localhost:{port}
Browsing Off
DefaultAuthType None
WebInterface No
DirtyCleanInterval 0
JobRetryInterval 2
<Location />
  Order allow,deny
  Allow all
</Location>
<Location /admin>
  Order allow,deny
  Allow all
</Location>
<Policy default>
  JobPrivateAccess all
  JobPrivateValues none
  <Limit All>
    Order deny,allow
  </Limit>
</Policy>
"""

CUPS_FILES_CONF = """
User lp
Group lp
SystemGroup root
ServerRoot {folder}
StateDir {folder}/state
CacheDir {folder}/cache
RequestRoot {folder}/spool
TempDir {folder}/spool/tmp
ServerBin /usr/lib/cups
DataDir /usr/share/cups
DocumentRoot {folder}
AccessLog {folder}/access.log
ErrorLog {folder}/error.log
PageLog {folder}/page.log
Printcap
"""


def missing() -> str | None:
    """Return why there can be no virtual printers on this machine, None if there can."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    lacking = [program for program in PROGRAMS if not shutil.which(program, path=path)]
    if lacking:
        return f"{', '.join(lacking)} is missing: run `make setup-dev`"
    if os.geteuid() != 0:
        return "only root can make a network namespace"
    made = subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True, check=False)
    return None if made.returncode == 0 else "this machine makes no network namespaces"


class VirtualPrinter:
    """A printer at `uri`. When it is killed, it forgets everything, as after a power cut."""

    def __init__(self, office: "Office", name: str, port: int, seconds: float) -> None:
        self.name, self.folder = name, office.folder / name
        self._office, self._port = office, port
        self._process: subprocess.Popen[bytes] | None = None
        (self.folder / "documents").mkdir(parents=True)
        (self.folder / "sheets").touch()
        (self.folder / "seconds").write_text(str(seconds))
        self.forwarder = office.forward(port)
        self.uri = f"ipp://127.0.0.1:{self.forwarder.url_port}/ipp/print"
        self.inner_uri = f"ipp://localhost:{port}/ipp/print"
        self.start()

    def start(self) -> None:
        """Switch it on, and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = self._office.run(
                *("ippeveprinter", "-v", "-P", HERE / "badge.ppd", "-n", "localhost"),
                *("-p", self._port, "-d", self.folder / "documents", "-c", HERE / "sheet.sh", self.name),
                stdout=log,
                environment={"VIRTUAL_PRINTER": str(self.folder), "VIRTUAL_PORT": str(self._port)},
            )
        self._office.await_port(self._port)

    def kill(self) -> None:
        """Switch it off, with the sheet that it is working on."""
        assert self._process
        _kill(self._process)

    def sheets(self) -> list[str]:
        """Return the names of the jobs of all sheets that came out."""
        return [line.split(" ")[0] for line in self.lines()]

    def lines(self) -> list[str]:
        """Return what is known of all sheets that came out."""
        return (self.folder / "sheets").read_text().splitlines()

    def trouble(self, reason: str) -> None:
        """Let no sheet come out, for a state reason."""
        (self.folder / "trouble").write_text(reason)

    def clear(self) -> None:
        """End the trouble."""
        (self.folder / "trouble").unlink(missing_ok=True)


class Cups:
    """A CUPS with the queue `office`, which prints to a virtual printer."""

    def __init__(self, office: "Office", printer: VirtualPrinter) -> None:
        self.folder = office.folder / "cups"
        self._office, self.printer = office, printer
        self._process: subprocess.Popen[bytes] | None = None
        for name in ("state", "cache", "spool/tmp", "ppd"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "cupsd.conf").write_text(CUPSD_CONF.format(port=CUPS_PORT))
        (self.folder / "cups-files.conf").write_text(CUPS_FILES_CONF.format(folder=self.folder))
        subprocess.run(["chown", "-R", "root:lp", self.folder], check=True)
        subprocess.run(["chmod", "-R", "g+rwX", self.folder], check=True)
        for parent in self.folder.parents:  # cupsd runs its filters as lp
            with suppress(OSError):
                parent.chmod(parent.stat().st_mode | 0o011)
        self.forwarder = office.forward(CUPS_PORT)
        self.uri = f"ipp://127.0.0.1:{self.forwarder.url_port}/printers/office"
        self.start()
        office.run(
            *("lpadmin", "-h", f"localhost:{CUPS_PORT}", "-p", "office", "-E", "-v", printer.inner_uri),
            *("-P", HERE / "badge.ppd", "-o", "printer-error-policy=retry-job"),
        ).wait(HANG_S)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        files = ("-c", self.folder / "cupsd.conf", "-s", self.folder / "cups-files.conf")
        self._process = self._office.run("cupsd", "-f", *files)
        self._office.await_port(CUPS_PORT)

    def kill(self) -> None:
        """Kill it and what it runs, as systemd does when its main process dies."""
        assert self._process
        _kill(self._process)


class Office:
    """A network namespace with printers, usable as a context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.printers: list[VirtualPrinter] = []
        self._forwarders: list[Forwarder] = []
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._holder = subprocess.Popen(
            ["unshare", "--net", "--mount", "sh", HERE / "namespace.sh"],
            stdin=PIPE,
            stdout=PIPE,
            stderr=STDOUT,
            env=_environment({}),
        )
        assert self._holder.stdout
        line = self._holder.stdout.readline()
        assert line == b"ready\n", line
        return self

    def __exit__(self, *_: object) -> None:
        for forwarder in self._forwarders:
            forwarder.close()
        for process in self._processes:
            _kill(process)
        for pipe in (self._holder.stdin, self._holder.stdout):
            assert pipe
            pipe.close()
        self._holder.wait(HANG_S)

    def add(self, name: str, seconds: float = 0.1) -> VirtualPrinter:
        """Add a printer that takes `seconds` for a sheet."""
        printer = VirtualPrinter(self, name, FIRST_PORT + len(self.printers), seconds)
        self.printers.append(printer)
        return printer

    def add_cups(self, seconds: float = 0.1) -> Cups:
        """Add a CUPS, and a printer behind it."""
        return Cups(self, self.add("behind-cups", seconds))

    def forward(self, port: int) -> Forwarder:
        """Return a way into the namespace."""
        self._forwarders.append(forwarder := Forwarder(self._holder.pid, port))
        return forwarder

    def run(
        self, *command: Any, environment: dict[str, str] | None = None, stdout: Any = DEVNULL
    ) -> Any:
        """Start a command in the namespace."""
        process = subprocess.Popen(
            # It ends with the tests, even if these are killed.
            [
                "setpriv",
                "--pdeathsig",
                "KILL",
                "nsenter",
                f"--target={self._holder.pid}",
                "--net",
                "--mount",
                *map(str, command),
            ],
            stdin=DEVNULL,
            stdout=stdout,
            stderr=STDOUT,
            env=_environment(environment or {}),
            start_new_session=True,
        )
        self._processes.append(process)
        return process

    def await_port(self, port: int) -> None:
        """Wait until something in the namespace listens on a port."""
        table = Path(f"/proc/{self._holder.pid}/net/tcp")
        listening = f":{port:04X} 00000000:0000 0A"
        eventually(lambda: listening in table.read_text())


def _environment(changes: dict[str, str]) -> dict[str, str]:
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    return os.environ | {"PATH": path, "LC_ALL": "C.UTF-8"} | changes


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and its children. Children of cupsd have sessions of their own."""
    family = []
    with suppress(psutil.Error):
        family = psutil.Process(process.pid).children(recursive=True)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    for child in family:
        with suppress(psutil.Error):
            child.kill()
    process.wait(HANG_S)
