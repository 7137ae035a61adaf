-- Make the unfinished jobs of a stopping node available. The interrupted attempt does not count.
UPDATE oban_jobs
SET state = 'available', attempt = attempt - 1
WHERE id = ANY (%(ids)s)
  AND state = 'executing'
  AND attempted_by[1] = %(node)s
RETURNING id
