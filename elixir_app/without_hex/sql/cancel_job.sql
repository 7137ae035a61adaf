-- $1 id. Signals as Oban does, in plain JSON, so that a Python worker learns of it.
UPDATE public.oban_jobs SET state = 'cancelled', cancelled_at = timezone('UTC', clock_timestamp())
WHERE id = $1::bigint AND state NOT IN ('cancelled', 'completed', 'discarded')
RETURNING id, pg_notify('public.oban_signal', json_build_object('action', 'pkill', 'job_id', id)::text)::text
