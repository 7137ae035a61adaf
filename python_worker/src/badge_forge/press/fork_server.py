"""Prepare the fork server, from which renderers are forked. Only that process imports this.

A supervisor may send SIGTERM to all processes of the worker. If the fork server ended before the worker,
the worker would consider its renderers dead, so it ignores the signal. It ends by itself when the worker
does.

It imports everything and creates no garbage, so it does not collect any. Renderers do again.

Renderers open no connection, so they need no certificates. WeasyPrint would load those of the system
three times while it is imported, which takes a tenth of the server's start.
"""

import gc
import signal
import ssl
from typing import Any


def _no_certificates(*_args: Any, **_options: Any) -> ssl.SSLContext:
    """Return a context that trusts no server."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


gc.disable()
ssl._create_default_https_context = _no_certificates
signal.signal(signal.SIGTERM, signal.SIG_IGN)
