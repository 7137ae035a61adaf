-- How long each walk-up took from enqueue to its confirmation, in milliseconds.
SELECT extract(epoch FROM completed_at - inserted_at)::float * 1000
FROM oban_jobs WHERE queue = 'badges' AND state = 'completed' AND priority = 0
