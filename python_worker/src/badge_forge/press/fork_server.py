"""Prepare the fork server, from which renderers are forked. Only that process imports this.

A supervisor may send SIGTERM to all processes of the worker. If the fork server ended before the worker,
the worker would consider its renderers dead, so it ignores the signal. It ends by itself when the worker
does.

It imports everything and creates no garbage, so it does not collect any. Renderers do again.
"""

import gc
import signal

gc.disable()
signal.signal(signal.SIGTERM, signal.SIG_IGN)
