-- The newest version of each badge of an event. A hostile row can have anything in its args and meta.
SELECT DISTINCT ON (args ->> 'id')
    args ->> 'id' AS id,
    args::text AS args,
    (meta ->> 'version')::integer AS version,
    meta ->> 'list' AS owner,
    (meta -> 'lists')::text AS lists,
    meta ->> 'who' AS who,
    meta ->> 'withdrawn' AS withdrawn
FROM oban_jobs
WHERE meta @> jsonb_build_object('event', %(event)s::text)
  AND queue = 'badges'
  AND args ->> 'id' IS NOT NULL
  AND meta ->> 'version' ~ '^[1-9][0-9]{0,8}$'
ORDER BY args ->> 'id', (meta ->> 'version')::integer DESC, id DESC
