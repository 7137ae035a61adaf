-- Elixir's BadgeForge.QueueWatch has the same statement. It inserts again after a crash of PostgreSQL, which
-- empties unlogged tables. A request is taken in the update itself, so that none gets lost between the two.
INSERT INTO oban_producers AS producer (uuid, name, node, queue, meta)
VALUES (%(uuid)s, %(name)s, %(node)s, %(queue)s, %(meta)s)
ON CONFLICT (uuid) DO UPDATE
SET meta = (producer.meta - 'requested')
           || jsonb_build_object('taken', producer.meta -> 'requested')
           || excluded.meta,
    updated_at = excluded.updated_at
RETURNING meta ->> 'taken'
