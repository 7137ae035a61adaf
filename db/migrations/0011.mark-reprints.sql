-- Mark a completed job that is retried by hand, with `Oban.retry_job` or in Oban Web, as a reprint. The mark in
-- `meta` is a number that no job has. The print center takes it as the number of the copy, and the Python worker
-- passes it on to the print. So the printer prints one more badge for each retry, and none for an attempt that
-- runs twice. The entry in `errors` tells the history of the badge.
--
-- `badge-forge retry` sets `meta.render_again`: that badge's PDF is missing, and it was not printed.
CREATE FUNCTION badge_forge_reprint() RETURNS trigger
LANGUAGE plpgsql AS $func$
BEGIN
    IF NEW.meta ? 'render_again' THEN
        NEW.meta := NEW.meta - 'render_again';
        RETURN NEW;
    END IF;
    NEW.meta := coalesce(NEW.meta, '{}') || jsonb_build_object('print_again', nextval('oban_jobs_id_seq'));
    NEW.errors := NEW.errors || jsonb_build_object(
        'attempt', NEW.attempt,
        'at', to_char(timezone('UTC', clock_timestamp()), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'error', 'reprint: the job had completed'
    );
    RETURN NEW;
END
$func$;

-- This fires after badge_forge_as_it_was, which ignores an UPDATE that changes nothing but the state.
CREATE TRIGGER badge_forge_reprint BEFORE UPDATE ON oban_jobs FOR EACH ROW
WHEN (OLD.state = 'completed' AND NEW.state = 'available' AND NEW.queue IN ('badges', 'printing'))
EXECUTE FUNCTION badge_forge_reprint();
