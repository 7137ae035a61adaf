-- Follows `WITH scanned AS (…)`, which one of the files *_rows.sql selects.
--
-- The badges of the rows in `scanned` that pass the filters, in their order, with both of their jobs. One look-up
-- in the GIN index finds a badge's jobs. A badge appears once: by its newest badge job, or the print after that.
driving AS (
    SELECT
        place,
        id,
        queue,
        at,
        priority,
        CASE WHEN args ->> 'id' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN args ->> 'id' END AS badge_id
    FROM scanned
    WHERE (%(batch)s::text IS NULL OR meta ->> 'batch_id' = %(batch)s)
      AND (%(name)s::text IS NULL OR left(args ->> 'name', 200) ILIKE %(name)s)
      AND (%(type)s::text IS NULL OR queue <> 'badges' OR args ->> 'type' = %(type)s)
      AND (%(design)s::text IS NULL OR queue <> 'badges'
           OR coalesce(args ->> 'design', %(default_design)s) = %(design)s)
    ORDER BY place
),
listed AS (
    SELECT
        badge.id AS job_id,
        coalesce(driving.badge_id, 'job-' || badge.id) AS id,
        coalesce(left(badge.args ->> 'name', 200), '') AS name,
        coalesce(left(badge.args ->> 'company', 200), '') AS company,
        coalesce(left(badge.args ->> 'type', 40), '') AS type,
        coalesce(left(badge.args ->> 'design', 60), %(default_design)s) AS design,
        left(badge.meta ->> 'batch_id', 100) AS batch_id,
        badge.state::text AS badge_state,
        print.state::text AS print_state,
        print.id AS print_id,
        badge.attempt,
        extract(epoch FROM coalesce(badge.completed_at, badge.cancelled_at, badge.discarded_at)
                           - badge.attempted_at)::float8 AS duration_s,
        coalesce(badge.completed_at, badge.cancelled_at, badge.discarded_at) AT TIME ZONE 'UTC' AS finished_at,
        print.completed_at AT TIME ZONE 'UTC' AS printed_at,
        driving.priority,
        driving.at,
        driving.id AS row_id
    FROM driving
    LEFT JOIN LATERAL (
        SELECT
            max(jobs.id) FILTER (WHERE jobs.queue = 'badges') AS badge_id,
            max(jobs.id) FILTER (WHERE jobs.queue = 'printing') AS print_id
        FROM (
            SELECT job.id, job.queue
            FROM oban_jobs AS job
            WHERE job.args @> jsonb_build_object('id', driving.badge_id)
            LIMIT 1000
        ) AS jobs
    ) AS newest ON driving.badge_id IS NOT NULL
    -- LIMIT keeps the planner from joining the whole table.
    CROSS JOIN LATERAL (
        SELECT *
        FROM oban_jobs AS job
        WHERE job.id = coalesce(newest.badge_id, driving.id) AND job.queue = 'badges'
        LIMIT 1
    ) AS badge
    LEFT JOIN LATERAL (
        SELECT *
        FROM oban_jobs AS job
        WHERE job.id = newest.print_id AND job.id > badge.id AND badge.state = 'completed'
        LIMIT 1
    ) AS print ON true
    WHERE driving.id IN (0, badge.id, print.id)
      AND (%(type)s::text IS NULL OR badge.args ->> 'type' = %(type)s)
      AND (%(design)s::text IS NULL OR coalesce(badge.args ->> 'design', %(default_design)s) = %(design)s)
    ORDER BY driving.place
    LIMIT %(limit)s
)
SELECT
    (SELECT coalesce(jsonb_agg(to_jsonb(listed)), '[]') FROM listed) AS badges,
    (SELECT count(*) FROM scanned) AS scanned,
    (
        SELECT to_jsonb(last)
        FROM (SELECT id AS row_id, at, priority FROM scanned ORDER BY place DESC LIMIT 1) AS last
    ) AS last
