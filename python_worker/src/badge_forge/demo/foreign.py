"""Find applications of other machines or containers on the demo's database.

They would take the demo's badges into a folder that its applications do not see, or refuse to print
those that are not in theirs.
"""

import socket

import psycopg

from badge_forge.errors import WorldError
from badge_forge.jobs.statements import statement
from badge_forge.jobs.wire import BADGES, PRINTING
from badge_forge.text.text import one_line
from badge_forge.views.applications import SILENT_AFTER_S

LIVE_NODES = statement(__package__, "live_nodes")


def refuse_foreign_applications(connection: psycopg.Connection) -> None:
    """Raise `WorldError` if an application that runs on another host takes jobs from this database.

    A node is named after its host and process, `host.123`.
    """
    parameters = {"queues": [BADGES, PRINTING], "silent_after_s": SILENT_AFTER_S}
    nodes = [one_line(node, 60) for (node,) in connection.execute(LIVE_NODES, parameters)]
    foreign = [node for node in nodes if _host(node) != _host(socket.gethostname())]
    if foreign:
        raise WorldError(
            f"other applications already take jobs from this database ({', '.join(foreign)}), and the "
            "demo's badges would end in their folders: stop them, for example with `docker compose "
            "stop`, or set DATABASE_URL to another database"
        )


def _host(name: str) -> str:
    return name.partition(".")[0]
