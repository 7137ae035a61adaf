"""Virtual printers for the tests of the Elixir app: `python -m printers FOLDER NAME…`, in `tests/`.

It prints the URI of each printer, one a line, `cups` being a queue, and does what its standard input
says: a line is a printer's name and `kill`, `start`, or a fault of its forwarder. The answer is a line.
"""

import sys
from pathlib import Path

from printers.office import Office


def main() -> None:
    with Office(Path(sys.argv[1])) as office:
        found = {
            name: office.add_cups() if name == "cups" else office.add(name) for name in sys.argv[2:]
        }
        for printer in found.values():
            print(printer.uri, flush=True)
        for line in sys.stdin:
            name, order = line.strip().split(" ", 1)
            if order in ("kill", "start"):
                getattr(found[name], order)()
            else:
                found[name].forwarder.fault = order  # type: ignore[assignment]
            print("done", flush=True)


if __name__ == "__main__":
    main()
