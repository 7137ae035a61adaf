DROP TRIGGER badge_forge_cancel ON oban_jobs;
DROP TRIGGER badge_forge_as_it_was ON oban_jobs;
DROP TABLE badge_forge_queues;

-- The functions and triggers of migrations 0006 and 0007.
CREATE OR REPLACE FUNCTION badge_forge_cancel() RETURNS trigger
LANGUAGE plpgsql AS $func$
DECLARE
    most_bytes CONSTANT integer := 65536;
    reason text;
    field text;
BEGIN
    CASE
        WHEN NEW.queue = 'badges' AND NEW.worker <> 'badge_forge.generator.GenerateBadge' THEN
            reason := 'worker: should be badge_forge.generator.GenerateBadge in the queue badges, got '
                || to_json(left(NEW.worker, 60));
        WHEN NEW.queue = 'printing' AND NEW.worker <> 'BadgeForge.PrintCenter' THEN
            reason := 'worker: should be BadgeForge.PrintCenter in the queue printing, got '
                || to_json(left(NEW.worker, 60));
        WHEN NEW.worker = 'badge_forge.generator.GenerateBadge' AND NEW.queue <> 'badges' THEN
            reason := 'queue: should be badges for ' || NEW.worker || ', got '
                || to_json(left(NEW.queue, 60));
        WHEN NEW.worker = 'BadgeForge.PrintCenter' AND NEW.queue <> 'printing' THEN
            reason := 'queue: should be printing for ' || NEW.worker || ', got '
                || to_json(left(NEW.queue, 60));
        WHEN NEW.attempt >= NEW.max_attempts THEN
            reason := 'attempt: should be less than max_attempts, got '
                || NEW.attempt || ' of ' || NEW.max_attempts;
        WHEN NOT badge_forge_readable(NEW.args) THEN
            SELECT key INTO field FROM jsonb_each(NEW.args)
            WHERE key ~ '^\w{1,60}$' AND NOT badge_forge_readable(jsonb_build_object(key, value))
            LIMIT 1;
            reason := coalesce(field, 'args') || ': nests too deep, or has a number out of range';
        WHEN NOT badge_forge_readable(NEW.meta) THEN
            reason := 'meta: nests too deep, or has a number out of range';
        WHEN pg_column_size(NEW.args) > most_bytes THEN
            SELECT key INTO field FROM jsonb_each(NEW.args)
            WHERE key ~ '^\w{1,60}$' AND pg_column_size(value) > most_bytes / 2
            LIMIT 1;
            reason := coalesce(field, 'args') || ': is too large, args may have '
                || most_bytes || ' bytes, got ' || pg_column_size(NEW.args);
        WHEN pg_column_size(ROW(NEW.errors, NEW.attempted_by)) > 1048576 THEN
            reason := 'errors, attempted_by: are too large, and were emptied';
            NEW.errors := '{}';
            NEW.attempted_by := '{}';
        ELSE
            reason := 'args, meta, tags: are too large, they may have ' || most_bytes || ' bytes together';
    END CASE;
    NEW.state := 'cancelled';
    NEW.cancelled_at := timezone('UTC', now());
    NEW.errors := NEW.errors || jsonb_build_object(
        'attempt', NEW.attempt,
        'at', to_char(timezone('UTC', now()), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        -- A name of a worker or a queue may hold anything.
        'error', regexp_replace(reason, '[^ -~]', '?', 'g')
    );
    RETURN NEW;
END
$func$;

CREATE TRIGGER badge_forge_cancel BEFORE INSERT OR UPDATE ON oban_jobs FOR EACH ROW
WHEN (
    NEW.state IN ('available', 'scheduled', 'retryable', 'suspended')
    AND (
        NEW.queue IN ('badges', 'printing')
        OR NEW.worker IN ('badge_forge.generator.GenerateBadge', 'BadgeForge.PrintCenter')
    )
    AND (
        (NEW.queue, NEW.worker) NOT IN (
            ('badges', 'badge_forge.generator.GenerateBadge'),
            ('printing', 'BadgeForge.PrintCenter')
        )
        OR NEW.attempt >= NEW.max_attempts
        OR pg_column_size(ROW(NEW.args, NEW.meta, NEW.tags)) > 65536
        OR pg_column_size(ROW(NEW.errors, NEW.attempted_by)) > 1048576
        OR NOT badge_forge_readable(NEW.args)
        OR NOT badge_forge_readable(NEW.meta)
    )
)
EXECUTE FUNCTION badge_forge_cancel();

CREATE OR REPLACE FUNCTION badge_forge_as_it_was() RETURNS trigger
LANGUAGE plpgsql AS $func$
BEGIN
    OLD.state := NEW.state;
    IF NEW IS NOT DISTINCT FROM OLD THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END
$func$;

CREATE TRIGGER badge_forge_as_it_was BEFORE UPDATE ON oban_jobs FOR EACH ROW
WHEN (
    NEW.state = 'available'
    AND OLD.state IN ('executing', 'completed', 'cancelled', 'discarded')
    AND NEW.queue IN ('badges', 'printing')
)
EXECUTE FUNCTION badge_forge_as_it_was();

-- The functions and triggers of migrations 0009 and 0010.
DROP TRIGGER badge_forge_fetch ON oban_jobs;
DROP TRIGGER badge_forge_cancelled ON oban_jobs;
DROP TRIGGER badge_forge_forget_heartbeat ON oban_jobs;

CREATE OR REPLACE FUNCTION badge_forge_skip() RETURNS trigger
LANGUAGE plpgsql AS $func$
BEGIN
    RETURN NULL;
END
$func$;

CREATE TRIGGER badge_forge_fetch BEFORE UPDATE ON oban_jobs FOR EACH ROW
WHEN (
    NEW.state = 'executing'
    AND OLD.state <> 'executing'
    AND (
        (NEW.queue = 'badges' AND current_user = 'badge_forge_print_center')
        OR (NEW.queue = 'printing' AND current_user = 'badge_forge_worker')
    )
)
EXECUTE FUNCTION badge_forge_skip();

CREATE OR REPLACE FUNCTION badge_forge_cancelled() RETURNS trigger
LANGUAGE plpgsql AS $func$
BEGIN
    IF cardinality(NEW.errors) > cardinality(OLD.errors) THEN
        NEW.errors := OLD.errors;
    END IF;
    IF OLD.state = 'cancelled' THEN
        NEW.cancelled_at := OLD.cancelled_at;
    ELSE
        NEW.errors := NEW.errors || jsonb_build_object(
            'attempt', NEW.attempt,
            'at', to_char(timezone('UTC', clock_timestamp()), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            'error', 'cancelled by hand'
        );
    END IF;
    RETURN NEW;
END
$func$;

CREATE TRIGGER badge_forge_cancelled BEFORE UPDATE ON oban_jobs FOR EACH ROW
WHEN (
    NEW.state = 'cancelled'
    AND NEW.queue IN ('badges', 'printing')
    AND CASE
        WHEN cardinality(NEW.errors) > cardinality(OLD.errors)
            THEN NEW.errors[cardinality(NEW.errors)] ->> 'error' LIKE '% failed with {:cancel, :shutdown}%'
        ELSE OLD.state <> 'cancelled'
    END
)
EXECUTE FUNCTION badge_forge_cancelled();

CREATE OR REPLACE FUNCTION badge_forge_forget_heartbeat() RETURNS trigger
LANGUAGE plpgsql AS $func$
BEGIN
    NEW.meta := NEW.meta - 'heartbeat';
    RETURN NEW;
END
$func$;

CREATE TRIGGER badge_forge_forget_heartbeat BEFORE UPDATE ON oban_jobs FOR EACH ROW
WHEN (NEW.state <> 'executing' AND NEW.meta ? 'heartbeat' AND NEW.queue IN ('badges', 'printing'))
EXECUTE FUNCTION badge_forge_forget_heartbeat();
