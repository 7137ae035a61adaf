-- Hold jobs that wait: no Oban takes or stages a suspended job. Those that run go on.
UPDATE oban_jobs AS job
SET state = 'suspended'
WHERE state IN ('available', 'scheduled', 'retryable')
  AND (/* job_filter */ true)
RETURNING id
