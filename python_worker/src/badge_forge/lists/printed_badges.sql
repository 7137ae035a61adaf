-- Badges that were printed, or are being printed, in any version.
SELECT DISTINCT wanted.id
FROM unnest(%(ids)s::text[]) AS wanted (id)
JOIN oban_jobs AS print ON print.args @> jsonb_build_object('id', wanted.id)
WHERE print.queue = 'printing'
  AND print.state IN ('executing', 'completed')
