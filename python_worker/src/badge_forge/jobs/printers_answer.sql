-- What the print center has said about a question: its job's state, the last error, the answer, and why it waits.
SELECT
    state::text AS state,
    errors[array_upper(errors, 1)] ->> 'error' AS error,
    meta -> 'answer' AS answer,
    left(meta ->> 'held_up', 300) AS held_up
FROM oban_jobs
WHERE id = %(id)s::bigint
