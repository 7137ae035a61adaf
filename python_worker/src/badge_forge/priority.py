"""Give way to what makes badges."""

import os
import sys
import threading


def lower_priority_of_thread(niceness: int) -> None:
    """Set the niceness of the calling thread. Only Linux has one for each thread."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
