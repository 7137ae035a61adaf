"""End with the terminal, also if the leader of its session does not pass that on."""

import os
import select
import signal
import threading


def end_with_terminal() -> None:
    """Send SIGHUP to this process when its terminal is closed.

    The kernel sends it to the leader of the session only. A shell passes it on to its jobs. But if the
    leader is `make`, as in `xterm -e make demo`, it waits for its children, which never hear of it.
    """
    # A shell's jobs have their own process group, and `nohup` ignores the signal.
    if os.getpgrp() != os.getsid(0) or signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
        return
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return  # there is none
    threading.Thread(target=_await_hangup, args=[terminal], daemon=True).start()


def _await_hangup(terminal: int) -> None:
    poll = select.poll()
    poll.register(terminal, 0)  # errors and the end are always reported
    ((_terminal, event),) = poll.poll()
    if event & select.POLLHUP:
        main = threading.main_thread().ident
        assert main
        signal.pthread_kill(main, signal.SIGHUP)  # it may be waiting in a system call
