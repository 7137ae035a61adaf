-- When a job last completed, of any batch. The partial index on completed_at has it at its end.
SELECT max(completed_at) FROM oban_jobs WHERE state = 'completed'
