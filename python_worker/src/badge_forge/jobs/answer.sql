-- The state of a badge's job, NULL if its row was deleted, its last error, and its confirmation. A job completes
-- with its confirmation in one transaction. One that is older than the job belongs to an earlier job of the badge.
SELECT
    badge.state::text AS state,
    badge.errors[array_upper(badge.errors, 1)] ->> 'error' AS error,
    -- The last part of a path, as version 0.1 wrote it.
    coalesce(print.args ->> 'file', print.args ->> 'path') AS file,
    print.args ->> 'sha256' AS sha256
FROM (SELECT %(id)s::bigint AS id) AS asked
LEFT JOIN oban_jobs AS badge ON badge.id = asked.id
LEFT JOIN LATERAL (
    SELECT args
    FROM oban_jobs
    WHERE coalesce(badge.state::text, 'completed') = 'completed'
      AND queue = %(printing)s
      AND args @> jsonb_build_object('id', %(badge_id)s::text)
      AND id > asked.id
    ORDER BY id DESC
    LIMIT 1
) AS print ON true
