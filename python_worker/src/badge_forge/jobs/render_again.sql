-- Replace a failed print whose PDF is missing or changed. The badge job runs again and enqueues a new print, so
-- the old print is deleted. If the badge job was pruned, nothing changes.
WITH again AS (
    UPDATE oban_jobs AS badge
    SET state = 'available',
        max_attempts = GREATEST(max_attempts, LEAST(attempt::bigint + %(attempts)s, 2147483647)::integer),
        scheduled_at = timezone('UTC', now()),
        completed_at = NULL,
        meta = coalesce(meta, '{}') || '{"render_again": true}' -- not a reprint: see migration 0011
    FROM (
        SELECT max(badge.id) AS id
        FROM oban_jobs AS badge
        JOIN oban_jobs AS print
            ON print.id = %(id)s AND badge.args @> jsonb_build_object('id', print.args -> 'id')
        WHERE badge.queue = 'badges' AND badge.state = 'completed'
          AND print.state IN ('cancelled', 'discarded')
    ) AS latest
    WHERE badge.id = latest.id AND badge.state = 'completed'
    RETURNING badge.id
)
DELETE FROM oban_jobs
WHERE id = %(id)s AND EXISTS (SELECT FROM again)
