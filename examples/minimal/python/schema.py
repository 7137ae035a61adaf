"""Create the tables of both Obans in DATABASE_URL, unless they exist: `python schema.py FOLDER`."""

import os
import sys
from pathlib import Path

import psycopg

with psycopg.connect(os.environ["DATABASE_URL"]) as connection:  # a transaction
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('oban'))")  # one at a time
    (table,) = connection.execute("SELECT to_regclass('oban_jobs')").fetchone() or (None,)
    # 0006 and later protect the queues of Badge Forge.
    files = sorted(Path(sys.argv[1]).glob("000[1-5].*.sql")) if table is None else []
    for file in files:
        if not file.name.endswith(".rollback.sql"):
            connection.execute(file.read_bytes())
            print(f"applied {file.name}")
