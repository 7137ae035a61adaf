-- Badges by part of their name, the first characters of their id, e-mail or ticket, the newest first, each with the states of
-- its newest jobs. A badge whose job was pruned is found by its print. left() bounds the lengths, since a row can
-- contain anything. A name with other letters than ASCII is also compared without accents, as `unaccented` in
-- badge_forge.text.text does it. The aggregates make the planner use the GIN index on args: with LIMIT it reads
-- all ids.
WITH matching AS MATERIALIZED (
    SELECT id, args ->> 'id' AS badge_id
    FROM oban_jobs
    WHERE queue IN ('badges', 'printing')
      AND jsonb_typeof(args -> 'id') = 'string'
      AND (
          args ->> 'name' ILIKE %(name)s
          OR args ->> 'id' LIKE %(id)s
          OR lower(args ->> 'email') = lower(%(exact)s)
          OR meta ->> 'ticket' = %(exact)s
          OR (
              args ->> 'name' !~ '^[ -~]*$'
              AND translate(
                  regexp_replace(normalize(lower(args ->> 'name'), NFKD), '[\u0300-\u036f]', '', 'g'),
                  'łøđħı',
                  'lodhi'
              ) LIKE %(unaccented)s
          )
      )
    ORDER BY id DESC
    LIMIT 1000
),
badges AS (
    SELECT badge_id, max(id) AS id
    FROM matching
    GROUP BY badge_id
    ORDER BY max(id) DESC
    LIMIT %(limit)s
)
SELECT
    left(badges.badge_id, 40) AS id,
    left(coalesce(badge.args, job.args) ->> 'name', 200) AS name,
    left(badge.args ->> 'company', 200) AS company,
    left(badge.args ->> 'type', 40) AS type,
    left(badge.meta ->> 'batch_id', 40) AS batch_id,
    coalesce(badge.inserted_at, job.inserted_at) AS enqueued_at,
    badge.state::text AS badge_state,
    print.state::text AS print_state
FROM badges
JOIN oban_jobs AS job ON job.id = badges.id
LEFT JOIN LATERAL (
    SELECT (array_agg(id ORDER BY id DESC))[1] AS id
    FROM oban_jobs
    WHERE queue = 'badges' AND args @> jsonb_build_object('id', badges.badge_id)
) AS newest_badge ON true
LEFT JOIN LATERAL (
    SELECT (array_agg(id ORDER BY id DESC))[1] AS id
    FROM oban_jobs
    WHERE queue = 'printing' AND args @> jsonb_build_object('id', badges.badge_id)
) AS newest_print ON true
LEFT JOIN oban_jobs AS badge ON badge.id = newest_badge.id
LEFT JOIN oban_jobs AS print ON print.id = newest_print.id
ORDER BY badges.id DESC
