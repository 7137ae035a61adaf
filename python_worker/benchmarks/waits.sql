-- Milliseconds from the enqueue of each walk-up to its completion.
SELECT extract(epoch FROM completed_at - inserted_at)::float * 1000
FROM oban_jobs WHERE queue = 'badges' AND state = 'completed' AND priority = 0
