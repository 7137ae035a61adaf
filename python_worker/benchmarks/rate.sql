-- Badges per second of a batch, from its first row to its last print, by the clock of PostgreSQL.
SELECT count(*) FILTER (WHERE queue = 'printing') / extract(epoch FROM
    max(completed_at) FILTER (WHERE queue = 'printing') - min(inserted_at))
FROM oban_jobs WHERE meta @> jsonb_build_object('batch_id', %s::text)
