-- Ids and names in all rows of an event: of badges, of earlier versions, of prints.
SELECT DISTINCT left(args ->> 'id', 40) AS id, left(args ->> 'name', 200) AS name
FROM oban_jobs
WHERE meta @> jsonb_build_object('event', %(event)s::text)
