-- When the last job of any batch completed. Reads the last entry of the partial index on completed_at.
SELECT max(completed_at) FROM oban_jobs WHERE state = 'completed'
