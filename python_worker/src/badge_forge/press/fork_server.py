"""Ignore SIGTERM in the fork server, from which renderers are forked. Only that process imports this.

A supervisor may send SIGTERM to all processes of the worker. If the fork server ended before the worker,
the worker would consider its renderers dead. The server ends by itself when the worker does.
"""

import signal

signal.signal(signal.SIGTERM, signal.SIG_IGN)
