-- Mark all versions of badges as withdrawn, and cancel those that are not rendered. A renderer that has one is
-- stopped. The mark keeps `retry` and sheets from them.
WITH wanted AS (
    SELECT id, reason FROM jsonb_to_recordset(%(withdrawn)s::jsonb) AS gone (id text, reason text)
),
marked AS (
    SELECT job.id, job.state, wanted.reason
    FROM wanted
    JOIN oban_jobs AS job ON job.args ->> 'id' = wanted.id AND job.queue = 'badges' AND job.meta ? 'event'
    WHERE job.meta @> jsonb_build_object('event', %(event)s::text)
      AND NOT job.meta ? 'withdrawn'
    FOR UPDATE OF job
),
withdrawn AS (
    UPDATE oban_jobs AS job
    SET meta = job.meta || jsonb_build_object('withdrawn', marked.reason),
        state = CASE WHEN marked.state IN ('completed', 'cancelled', 'discarded') THEN job.state ELSE 'cancelled' END,
        cancelled_at = CASE
            WHEN marked.state IN ('completed', 'cancelled', 'discarded') THEN job.cancelled_at
            ELSE timezone('UTC', now())
        END,
        errors = CASE
            WHEN marked.state IN ('completed', 'cancelled', 'discarded') THEN job.errors
            ELSE job.errors || jsonb_build_object(
                'attempt', job.attempt,
                'at', to_char(timezone('UTC', now()), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                'error', marked.reason
            )
        END
    FROM marked
    WHERE job.id = marked.id
    RETURNING job.id, marked.state
)
SELECT
    count(*),
    count(CASE WHEN state = 'executing' THEN pg_notify(
        'public.oban_signal', json_build_object('action', 'pkill', 'job_id', id, 'ident', 'any')::text
    ) END)
FROM withdrawn
