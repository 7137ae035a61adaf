-- Notifies as Oban does, in plain JSON, so that the Python worker does not wait for its next poll.
INSERT INTO public.oban_jobs (queue, worker, args, meta, max_attempts, priority)
SELECT * FROM jsonb_to_recordset($1::jsonb) AS
  job (queue text, worker text, args jsonb, meta jsonb, max_attempts integer, priority integer)
RETURNING id, pg_notify('public.oban_insert', json_build_object('queue', queue)::text)::text
