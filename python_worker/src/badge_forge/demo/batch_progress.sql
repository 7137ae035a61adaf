-- How far a batch is: jobs by worker and state. The GIN index on meta finds them.
SELECT worker, state::text AS state, count(*) AS jobs
FROM oban_jobs
WHERE meta @> jsonb_build_object('batch_id', %(batch_id)s::text)
GROUP BY worker, state
