-- Milliseconds between completions of badges, for each full second in which walk-ups were processed.
WITH walk_ups AS (
    SELECT min(inserted_at) AS first, max(completed_at) AS last
    FROM oban_jobs WHERE queue = 'badges' AND priority = 0
)
SELECT (1000.0 / count(*))::float
FROM oban_jobs, walk_ups
WHERE queue = 'badges' AND state = 'completed' AND completed_at BETWEEN first AND last
GROUP BY date_trunc('second', completed_at)
HAVING date_trunc('second', completed_at) NOT IN (
    (SELECT date_trunc('second', first) FROM walk_ups), (SELECT date_trunc('second', last) FROM walk_ups)
)
