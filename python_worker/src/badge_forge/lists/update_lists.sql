-- Record in which lists the people of badges are, without a new version of the badge.
UPDATE oban_jobs AS job
SET meta = job.meta || jsonb_build_object('list', given.list, 'lists', given.lists, 'who', given.who)
FROM jsonb_to_recordset(%(badges)s::jsonb) AS given (id text, version text, list text, lists jsonb, who text)
WHERE job.args ->> 'id' = given.id
  AND job.meta ->> 'version' = given.version
  AND job.queue = 'badges'
  AND job.meta ? 'event'
