-- The badge jobs `ids` and the prints of these badges, in the order they were enqueued, each with its last error.
SELECT
    worker,
    args->>'id' AS badge_id,
    args->>'name' AS name,
    args->>'type' AS type,
    state::text AS state,
    errors[array_upper(errors, 1)]->>'error' AS error
FROM oban_jobs
WHERE id = ANY(%(ids)s)
   OR meta @> jsonb_build_object('batch_id', %(batch_id)s::text)
  AND worker = %(print_worker)s
  AND args->>'id' IN (SELECT args->>'id' FROM oban_jobs WHERE id = ANY(%(ids)s))
ORDER BY id
