-- A row for each of the badges' `ids`. It has the id 0, since it is not in the table.
SELECT
    row_number() OVER () AS place,
    0::bigint AS id,
    'badges' AS queue,
    jsonb_build_object('id', wanted.id) AS args,
    '{}'::jsonb AS meta,
    NULL::timestamp AS at,
    0 AS priority
FROM unnest(%(ids)s::text[]) AS wanted (id)
