-- Fenced by attempted_at, as Oban for Python's own acknowledgement is: a job that was cancelled or
-- rescued since belongs to someone else.
UPDATE oban_jobs
SET state = 'completed', completed_at = timezone('UTC', now())
WHERE id = %(id)s
  AND state = 'executing'
  AND attempted_at = %(attempted_at)s
