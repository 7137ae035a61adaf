-- The newest version of each badge of an event, with its newest print, in the order of the lists. left() bounds the
-- lengths, since a row can contain anything.
WITH badges AS (
    SELECT DISTINCT ON (args ->> 'id') *
    FROM oban_jobs
    WHERE meta @> jsonb_build_object('event', %(event)s::text)
      AND queue = 'badges'
      AND args ->> 'id' IS NOT NULL
    ORDER BY args ->> 'id', CASE WHEN meta ->> 'version' ~ '^[0-9]{1,9}$' THEN (meta ->> 'version')::integer END DESC
        NULLS LAST, id DESC
),
prints AS (
    SELECT DISTINCT ON (args ->> 'id') *
    FROM oban_jobs
    WHERE meta @> jsonb_build_object('event', %(event)s::text)
      AND queue = 'printing'
    ORDER BY args ->> 'id', id DESC
),
printed AS (
    SELECT args ->> 'id' AS badge_id, max(completed_at) AS at
    FROM oban_jobs
    WHERE meta @> jsonb_build_object('event', %(event)s::text)
      AND queue = 'printing'
      AND state = 'completed'
    GROUP BY args ->> 'id'
)
SELECT
    left(badges.args ->> 'id', 40) AS id,
    badges.args,
    left(badges.meta ->> 'ticket', 500) AS ticket,
    left(badges.meta ->> 'list', 100) AS list,
    left(badges.meta ->> 'version', 10) AS version,
    left(badges.meta ->> 'withdrawn', 200) AS withdrawn,
    badges.state::text AS badge_state,
    CASE WHEN badges.state = 'completed' AND prints.id > badges.id THEN prints.state::text END AS print_state,
    CASE WHEN badges.state = 'completed' AND prints.id > badges.id THEN left(prints.args ->> 'file', 255) END AS file,
    printed.at AT TIME ZONE 'UTC' AS printed_at
FROM badges
LEFT JOIN prints ON prints.args ->> 'id' = badges.args ->> 'id'
LEFT JOIN printed ON printed.badge_id = badges.args ->> 'id'
ORDER BY badges.id
