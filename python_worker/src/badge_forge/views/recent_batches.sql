-- The newest batches with at least one badge, at most `limit`, of the newest `scanned` jobs only, so that this takes
-- as long with millions of jobs. Ends without a SELECT: the statements that begin so differ in what they return.
WITH recent AS MATERIALIZED (
    SELECT
        id,
        queue,
        state,
        inserted_at,
        -- left() bounds the lengths, since a row can contain anything.
        left(meta ->> 'batch_id', 100) AS batch_id,
        coalesce(left(args ->> 'id', 40), id::text) AS badge_id,
        CASE WHEN queue = 'badges' THEN coalesce(left(args ->> 'design', 60), %(default_design)s) END AS design,
        CASE WHEN queue = 'badges' THEN left(args ->> 'type', 41) END AS type,
        coalesce(meta -> 'invented' = 'true', false) AS invented,
        coalesce(meta ? 'withdrawn', false) AS withdrawn
    FROM oban_jobs AS job
    WHERE queue IN ('badges', 'printing') AND (/* job_filter */ true)
    ORDER BY id DESC
    LIMIT %(scanned)s
),
batches AS (
    SELECT
        batch_id AS id,
        min(inserted_at) AT TIME ZONE 'UTC' AS enqueued_at,
        -- Of a badge that was printed, the badge job can be older than those that are read, or pruned.
        count(DISTINCT badge_id) AS total,
        -- The print of a badge is inserted when its PDF exists.
        count(DISTINCT badge_id) FILTER (WHERE queue = 'printing' OR state = 'completed') AS rendered,
        -- A badge can be printed again.
        count(DISTINCT badge_id) FILTER (WHERE queue = 'printing' AND state = 'completed') AS printed,
        -- One that a later version replaced, or whose ticket is gone, did not fail.
        count(DISTINCT badge_id) FILTER (WHERE state IN ('cancelled', 'discarded') AND NOT withdrawn) AS failed,
        (array_agg(DISTINCT design) FILTER (WHERE design IS NOT NULL))[:20] AS designs,
        bool_or(invented) AS invented
    FROM recent
    WHERE batch_id IS NOT NULL
    GROUP BY batch_id
    HAVING count(*) FILTER (WHERE queue = 'badges') > 0
    ORDER BY max(id) FILTER (WHERE queue = 'badges') DESC
    LIMIT %(limit)s
)
