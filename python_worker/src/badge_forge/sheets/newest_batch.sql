-- The id of the batch of the newest badge that belongs to one.
SELECT meta ->> 'batch_id' AS batch
FROM oban_jobs
WHERE queue = 'badges' AND meta ->> 'batch_id' IS NOT NULL
ORDER BY id DESC
LIMIT 1
