-- Which rows of `oban_jobs AS job` are wanted: a condition of every statement that takes a `JobFilter`. A parameter
-- that is NULL means all. A print has no type: its badge's counts.
job.queue = ANY (%(queues)s)
AND (%(ids)s::bigint[] IS NULL OR job.id = ANY (%(ids)s::bigint[]))
AND (%(batch)s::text IS NULL OR job.meta @> jsonb_build_object('batch_id', %(batch)s::text))
AND (%(event)s::text IS NULL OR job.meta @> jsonb_build_object('event', %(event)s::text))
AND (
    %(since)s::timestamp IS NULL
    OR greatest(job.inserted_at, job.attempted_at, job.completed_at, job.cancelled_at, job.discarded_at)
        >= %(since)s::timestamp
    OR job.scheduled_at BETWEEN %(since)s::timestamp AND timezone('UTC', now()) -- a retry sets it
)
AND (
    %(name)s::text IS NULL
    OR left(job.args ->> 'name', 200) ILIKE %(name)s::text
    OR (
        job.args ->> 'name' !~ '^[ -~]*$'
        AND translate(
            regexp_replace(normalize(lower(left(job.args ->> 'name', 200)), NFKD), '[\u0300-\u036f]', '', 'g'),
            'łøđħı',
            'lodhi'
        ) LIKE %(unaccented)s::text
    )
)
AND (
    %(type)s::text IS NULL
    OR job.args ->> 'type' = %(type)s::text
    OR (
        job.queue = 'printing'
        AND EXISTS (
            SELECT FROM oban_jobs AS badge
            WHERE badge.queue = 'badges'
              AND badge.args @> jsonb_build_object('id', job.args -> 'id')
              AND badge.args ->> 'type' = %(type)s::text
        )
    )
)
