"""Imported by the server that renderers are forked from, and by nothing else.

A supervisor that stops the worker may send SIGTERM to every process of it. The server then goes on: it
ends by itself when the worker does, and without it the worker takes its renderers for dead.
"""

import signal

signal.signal(signal.SIGTERM, signal.SIG_IGN)
