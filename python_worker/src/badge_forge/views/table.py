"""An `oban_jobs` table, whichever language created it, and the statement that reads its state."""

from dataclasses import dataclass
from functools import cache
from typing import Self

from psycopg import AsyncConnection

from badge_forge.jobs.statements import statement

INSPECT = """
SELECT
    to_regclass('oban_producers') IS NOT NULL
    AND has_table_privilege(to_regclass('oban_producers'), 'SELECT') AS has_producers,
    EXISTS (
        SELECT FROM pg_attribute
        WHERE attrelid = to_regclass('badge_forge_queues') AND attname = 'paused_at' AND NOT attisdropped
    ) AS has_pauses,
    EXISTS (
        SELECT FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
        WHERE indrelid = to_regclass('oban_jobs') AND indisvalid AND attname = 'completed_at'
    ) AS has_completed_at_index,
    to_regclass('oban_jobs') IS NOT NULL AS exists
"""


@dataclass(frozen=True)
class Table:
    """What a table offers.

    Without an index on `completed_at`, as Oban for Elixir alone creates it, neither throughput nor the
    latest jobs can be read without reading all jobs. Only Badge Forge's has pauses that are remembered.
    """

    has_producers: bool
    has_completed_at_index: bool
    has_pauses: bool = False

    @classmethod
    async def inspect(cls, connection: AsyncConnection) -> Self | None:
        """Look at the `oban_jobs` that `connection` finds on its search path. None if there is none."""
        row = await (await connection.execute(INSPECT)).fetchone()
        assert row
        has_producers, has_pauses, has_index, exists = row
        return cls(has_producers, has_index, has_pauses) if exists else None

    def snapshot_statement(self, measured: bool = False) -> bytes:
        """Return one statement of six columns, each the rows of a part as a JSON array.

        `measured` adds three: badge jobs by type, ages of queues, and durations. They read more rows, so
        they are for views that are taken every few seconds. The parameters are `queues`, the queues of
        the latest jobs (None for all), `latest`, their number, `bounds_s`, the bounds of the buckets of
        durations in seconds, and `own`, the queues of the registry.
        """
        parts = {
            "counts": "counts",
            "throughput": "throughput" if self.has_completed_at_index else None,
            "nodes": "nodes" if self.has_producers else "executing_nodes",
            "latest": "latest" if self.has_completed_at_index else None,
            "failures": "failures",
            "paused": "paused" if self.has_pauses else None,
        }
        if measured:
            parts |= {
                "types": "types",
                "ages": "ages",
                "durations": "durations" if self.has_completed_at_index else None,
            }
        columns = [_column(part, name) for part, name in parts.items()]
        return b"SELECT timezone('UTC', clock_timestamp()) AS taken_at,\n" + b",\n".join(columns)


@cache  # views are taken every second
def _column(part: str, name: str | None) -> bytes:
    if name is None:
        return b"'[]'::jsonb AS " + part.encode()
    rows = statement(__package__, name)
    return (
        b"(SELECT coalesce(jsonb_agg(to_jsonb(part)), '[]') FROM (\n" + rows + b") AS part) AS "
    ) + part.encode()
