-- Milliseconds per badge of a batch, from the first attempt to the last completion.
SELECT extract(epoch FROM max(completed_at) - min(attempted_at)) * 1000 / count(*)
FROM oban_jobs WHERE queue = 'badges' AND meta @> jsonb_build_object('batch_id', %s::text)
