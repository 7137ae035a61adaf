"""Generated from db/contracts/printers.schema.json by `make contracts`."""

from typing import NotRequired, TypedDict


class PrintersArgs(TypedDict):
    """The args of a question about printers, or of sheets to print. Queue: printers."""

    ask: str
    """What is asked: printers answers with the state of all printers, print prints a file."""
    printer: NotRequired[str]
    """The printer's name in the configuration of the print center, to print a file."""
    id: NotRequired[str]
    """Identifies the file, which is printed once."""
    file: NotRequired[str]
    """The name of the PDF in the sheets folder, which ends with the id."""
    sha256: NotRequired[str]
    """The SHA-256 of the PDF in hex digits. A file with another digest is not printed."""
