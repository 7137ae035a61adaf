-- Delete rows of an event, at most `limit` of them.
DELETE FROM oban_jobs
WHERE id IN (
    SELECT id FROM oban_jobs
    WHERE meta @> jsonb_build_object('event', %(event)s::text)
    LIMIT %(limit)s
)
