-- Jobs of an event that an application has or may take.
SELECT id, state = 'executing' AS executing
FROM oban_jobs
WHERE meta @> jsonb_build_object('event', %(event)s::text)
  AND state IN ('available', 'scheduled', 'retryable', 'suspended', 'executing')
