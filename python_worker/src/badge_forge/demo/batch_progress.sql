-- Progress of a batch: its jobs by worker and state. Uses the GIN index on meta.
SELECT worker, state::text AS state, count(*) AS jobs
FROM oban_jobs
WHERE meta @> jsonb_build_object('batch_id', %(batch_id)s::text)
GROUP BY worker, state
