-- What the producer that stops did not finish. It goes on elsewhere at once, and costs no attempt.
UPDATE oban_jobs
SET state = 'available', attempt = attempt - 1
WHERE id = ANY (%(ids)s)
  AND state = 'executing'
  AND attempted_by[2] = %(producer)s
RETURNING id
