-- Badges that match, in the order they were enqueued, each with its state and, if it is finished, its args. If a
-- badge was made several times, its last finished job counts, or else its last one. Without a badge's id in its args,
-- a job is a separate badge.
SELECT badge_id, state::text AS state, CASE WHEN state = 'completed' THEN args END AS args,
       meta -> 'invented' = 'true' AS invented
FROM (
    SELECT DISTINCT ON (badge_id) *
    FROM (
        SELECT id, coalesce(args ->> 'id', id::text) AS badge_id, state, args, meta
        FROM oban_jobs
        WHERE queue = 'badges'
          AND worker = 'badge_forge.generator.GenerateBadge'
          -- A later version replaced it, or its ticket is gone.
          AND NOT coalesce(meta ? 'withdrawn', false)
    ) AS jobs
    ORDER BY badge_id, state = 'completed' DESC, id DESC
) AS badges
WHERE (%(types)s::text[] IS NULL OR args ->> 'type' = ANY (%(types)s::text[]))
  AND (
      %(designs)s::text[] IS NULL
      OR coalesce(args ->> 'design', %(default_design)s) = ANY (%(designs)s::text[])
  )
  AND (%(batch)s::text IS NULL OR meta ->> 'batch_id' = %(batch)s::text)
  AND (%(ids)s::text[] IS NULL OR badge_id = ANY (%(ids)s::text[]))
ORDER BY id
