-- Jobs by queue and state.
SELECT queue, state::text AS state, count(*) AS jobs
FROM oban_jobs AS job
WHERE (/* job_filter */ true)
GROUP BY queue, state
