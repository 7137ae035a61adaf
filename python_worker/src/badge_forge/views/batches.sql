-- The newest batches, with their badges counted, and the designs in use: both of the newest `scanned` jobs only, so
-- that this takes as long with millions of jobs. `complete` tells whether those were all.
WITH recent AS MATERIALIZED (
    SELECT
        id,
        queue,
        state,
        left(meta ->> 'batch_id', 100) AS batch_id,
        coalesce(left(args ->> 'id', 40), id::text) AS badge_id,
        CASE WHEN queue = 'badges' THEN coalesce(left(args ->> 'design', 60), %(default_design)s) END AS design
    FROM oban_jobs
    WHERE queue IN ('badges', 'printing')
    ORDER BY id DESC
    LIMIT %(scanned)s
),
batches AS (
    SELECT
        batch_id AS id,
        -- Of a badge that was printed, the badge job can be older than those that are read, or pruned.
        count(DISTINCT badge_id) AS total,
        -- A badge can be printed again.
        count(DISTINCT badge_id) FILTER (WHERE queue = 'printing' AND state = 'completed') AS printed,
        count(DISTINCT badge_id) FILTER (WHERE state IN ('cancelled', 'discarded')) AS failed
    FROM recent
    WHERE batch_id IS NOT NULL
    GROUP BY batch_id
    HAVING count(*) FILTER (WHERE queue = 'badges') > 0
    ORDER BY max(id) FILTER (WHERE queue = 'badges') DESC
    LIMIT 20
)
SELECT
    (SELECT coalesce(jsonb_agg(to_jsonb(batches)), '[]') FROM batches) AS batches,
    (SELECT coalesce(jsonb_agg(design ORDER BY design), '[]')
     FROM (SELECT DISTINCT design FROM recent WHERE design IS NOT NULL ORDER BY design LIMIT 50) AS designs)
        AS designs,
    (SELECT count(*) < %(scanned)s FROM recent) AS complete
