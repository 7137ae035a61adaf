-- Finished badges in the order they were enqueued. If a badge was made several times, its last job counts.
SELECT args
FROM (
    SELECT DISTINCT ON (args ->> 'id') id, args, meta
    FROM oban_jobs
    WHERE queue = 'badges'
      AND worker = 'badge_forge.generator.GenerateBadge'
      AND state = 'completed'
    ORDER BY args ->> 'id', id DESC
) AS latest
WHERE (%(types)s::text[] IS NULL OR args ->> 'type' = ANY (%(types)s::text[]))
  AND (
      %(designs)s::text[] IS NULL
      OR coalesce(args ->> 'design', %(default_design)s) = ANY (%(designs)s::text[])
  )
  AND (%(batch)s::text IS NULL OR meta ->> 'batch_id' = %(batch)s::text)
  AND (%(ids)s::text[] IS NULL OR args ->> 'id' = ANY (%(ids)s::text[]))
ORDER BY id
