-- Report a producer, and take the request from its row. BadgeForge.QueueWatch in Elixir has the same statement.
-- The row may be missing, because a crash of PostgreSQL empties unlogged tables: hence the INSERT. One UPDATE
-- both takes the request and reports, so that a request written in between is not lost. It also
-- returns since when the queue is paused, for a pause that no request told this producer of.
INSERT INTO oban_producers AS producer (uuid, name, node, queue, meta)
VALUES (%(uuid)s, %(name)s, %(node)s, %(queue)s, %(meta)s)
ON CONFLICT (uuid) DO UPDATE
SET meta = (producer.meta - 'requested')
           || jsonb_build_object('taken', producer.meta -> 'requested')
           || excluded.meta,
    updated_at = excluded.updated_at
RETURNING
    meta ->> 'taken' AS requested,
    (SELECT paused_at FROM badge_forge_queues AS rule WHERE rule.queue = producer.queue) AS paused_at
