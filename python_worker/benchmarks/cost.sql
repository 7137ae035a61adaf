-- Milliseconds a badge, by PostgreSQL's clock: from the first fetch to the last confirmation.
SELECT extract(epoch FROM max(completed_at) - min(attempted_at)) * 1000 / count(*)
FROM oban_jobs WHERE queue = 'badges' AND meta @> jsonb_build_object('batch_id', %s::text)
