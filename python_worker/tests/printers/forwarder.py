"""A port of this machine that leads into a network namespace, and loses what it is told to lose."""

import os
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Literal

Fault = Literal["none", "lose the answer", "refuse", "hang"]

PRINT_JOB = b"\r\n\r\n\x02\x00\x00\x02"
"""The end of the HTTP header, and the beginning of an IPP request that prints."""


class Forwarder:
    """Forwards connections to `port` in the network of the process `pid`. `url_port` is the port here.

    `fault` can be set at any time: "lose the answer" closes the connection when a printer answers that
    it has a document, "hang" forwards nothing in either direction, "refuse" closes connections at once.
    """

    def __init__(self, pid: int, port: int) -> None:
        self.fault: Fault = "none"
        self._namespace = Path(f"/proc/{pid}/ns/net")
        self._port = port
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url_port = self._server.getsockname()[1]
        self._closed = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Accept no more connections."""
        self._closed.set()
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            if self.fault == "refuse":
                return
            with self._connect() as printer:
                request = bytearray()
                copy = threading.Thread(
                    target=self._copy, args=[connection, printer, request], daemon=True
                )
                copy.start()
                self._answer(printer, connection, request)
                # Close both at once, although the other thread still reads.
                for one in (connection, printer):
                    one.shutdown(socket.SHUT_RDWR)

    def _connect(self) -> socket.socket:
        # A thread enters the namespace alone, and a socket stays in the one in which it was made.
        with self._namespace.open() as namespace:
            os.setns(namespace.fileno(), os.CLONE_NEWNET)
        return socket.create_connection(("127.0.0.1", self._port), timeout=30)

    def _copy(self, source: socket.socket, target: socket.socket, request: bytearray) -> None:
        with suppress(OSError):
            while part := source.recv(65536):
                request += part
                self._hang()
                target.sendall(part)
            target.shutdown(socket.SHUT_WR)

    def _answer(self, printer: socket.socket, client: socket.socket, request: bytearray) -> None:
        while part := printer.recv(65536):
            self._hang()
            if self.fault == "lose the answer" and PRINT_JOB in request and b"200 OK" in part:
                return
            client.sendall(part)

    def _hang(self) -> None:
        while self.fault == "hang" and not self._closed.is_set():
            time.sleep(0.05)
