-- Record in which lists the people of badges are, without a new version of the badge.
UPDATE oban_jobs AS job
SET meta = job.meta || jsonb_build_object('list', given.owner, 'lists', given.lists, 'who', given.who)
FROM jsonb_to_recordset(%(badges)s::jsonb) AS given (id text, version text, owner text, lists jsonb, who text)
WHERE job.args ->> 'id' = given.id
  AND job.meta ->> 'version' = given.version
  AND job.queue = 'badges'
  AND job.meta ? 'event'
