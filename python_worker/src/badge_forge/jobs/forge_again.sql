-- A print whose PDF is gone, or another one, can't be done: its badge is forged again, and confirms itself
-- anew. So the print goes, and there is one of a badge again; but only if the badge was still there to be had.
WITH again AS (
    UPDATE oban_jobs AS badge
    SET state = 'available',
        max_attempts = GREATEST(max_attempts, LEAST(attempt::bigint + %(attempts)s, 2147483647)::integer),
        scheduled_at = timezone('UTC', now()),
        completed_at = NULL
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
