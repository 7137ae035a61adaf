-- Progress of the badge jobs `ids`, and of the prints of these badges: badges by worker and state.
-- Uses the primary key, and the GIN index on meta.
SELECT worker, state::text AS state, count(DISTINCT args->>'id') AS badges
FROM oban_jobs
WHERE id = ANY(%(ids)s)
   OR meta @> jsonb_build_object('batch_id', %(batch_id)s::text)
  AND worker = %(print_worker)s
  AND args->>'id' IN (SELECT args->>'id' FROM oban_jobs WHERE id = ANY(%(ids)s))
GROUP BY worker, state
