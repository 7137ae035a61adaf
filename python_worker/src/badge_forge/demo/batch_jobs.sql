-- The jobs of a batch, of both workers, in the order they were enqueued, each with its last error.
SELECT
    worker,
    args->>'id' AS badge_id,
    args->>'name' AS name,
    args->>'type' AS type,
    state::text AS state,
    errors[array_upper(errors, 1)]->>'error' AS error
FROM oban_jobs
WHERE meta @> jsonb_build_object('batch_id', %(batch_id)s::text)
ORDER BY id
