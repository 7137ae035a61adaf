-- Let the triggers know any number of queues. `badge-forge db migrate` fills the table badge_forge_queues from the
-- registry of queues (python_worker/src/badge_forge/registry.py). Rows of queues and workers that are not in it
-- belong to other applications and are left alone.

CREATE TABLE badge_forge_queues (
    queue text PRIMARY KEY CHECK (queue ~ '^[a-z0-9_-]{1,127}$'),
    worker text NOT NULL UNIQUE CHECK (worker ~ '^[!-~]{1,127}$'),
    runs_in text NOT NULL CHECK (runs_in IN ('python', 'elixir'))
);

INSERT INTO badge_forge_queues (queue, worker, runs_in) VALUES
    ('badges', 'badge_forge.generator.GenerateBadge', 'python'),
    ('printing', 'BadgeForge.PrintCenter', 'elixir');

-- The triggers read it with the rights of the role that changes oban_jobs, which may be of another application.
GRANT SELECT ON badge_forge_queues TO PUBLIC;

-- As in migration 0006, except for the first part, which looks the rules up.
CREATE OR REPLACE FUNCTION badge_forge_cancel() RETURNS trigger
LANGUAGE plpgsql AS $func$
DECLARE
    most_bytes CONSTANT integer := 65536;
    its_worker text;
    its_queue text;
    reason text;
    field text;
BEGIN
    SELECT worker INTO its_worker FROM public.badge_forge_queues WHERE queue = NEW.queue;
    IF its_worker IS NULL THEN
        SELECT queue INTO its_queue FROM public.badge_forge_queues WHERE worker = NEW.worker;
        IF its_queue IS NULL THEN
            RETURN NEW;
        END IF;
    END IF;
    CASE
        WHEN its_worker <> NEW.worker THEN
            reason := 'worker: should be ' || its_worker || ' in the queue ' || NEW.queue || ', got '
                || to_json(left(NEW.worker, 60));
        WHEN its_queue IS NOT NULL THEN
            reason := 'queue: should be ' || its_queue || ' for ' || NEW.worker || ', got '
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
        WHEN pg_column_size(ROW(NEW.args, NEW.meta, NEW.tags)) > most_bytes THEN
            reason := 'args, meta, tags: are too large, they may have ' || most_bytes || ' bytes together';
        ELSE
            RETURN NEW;
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

DROP TRIGGER badge_forge_cancel ON oban_jobs;
CREATE TRIGGER badge_forge_cancel BEFORE INSERT OR UPDATE ON oban_jobs FOR EACH ROW
WHEN (NEW.state IN ('available', 'scheduled', 'retryable', 'suspended'))
EXECUTE FUNCTION badge_forge_cancel();

-- As in migration 0007, for the queues of the table.
CREATE OR REPLACE FUNCTION badge_forge_as_it_was() RETURNS trigger
LANGUAGE plpgsql AS $func$
BEGIN
    OLD.state := NEW.state;
    IF NEW IS NOT DISTINCT FROM OLD
        AND EXISTS (SELECT FROM public.badge_forge_queues WHERE queue = NEW.queue)
    THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END
$func$;

DROP TRIGGER badge_forge_as_it_was ON oban_jobs;
CREATE TRIGGER badge_forge_as_it_was BEFORE UPDATE ON oban_jobs FOR EACH ROW
WHEN (
    NEW.state = 'available'
    AND OLD.state IN ('executing', 'completed', 'cancelled', 'discarded')
)
EXECUTE FUNCTION badge_forge_as_it_was();

-- As in migrations 0009 and 0010, for the queues of the table. A role runs the queues of its language.
CREATE OR REPLACE FUNCTION badge_forge_skip() RETURNS trigger
LANGUAGE plpgsql AS $func$
BEGIN
    IF EXISTS (
        SELECT FROM public.badge_forge_queues
        WHERE queue = NEW.queue
          AND (runs_in, current_user) IN (
              ('python', 'badge_forge_print_center'), ('elixir', 'badge_forge_worker')
          )
    ) THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END
$func$;

DROP TRIGGER badge_forge_fetch ON oban_jobs;
CREATE TRIGGER badge_forge_fetch BEFORE UPDATE ON oban_jobs FOR EACH ROW
WHEN (
    NEW.state = 'executing'
    AND OLD.state <> 'executing'
    AND current_user IN ('badge_forge_print_center', 'badge_forge_worker')
)
EXECUTE FUNCTION badge_forge_skip();

CREATE OR REPLACE FUNCTION badge_forge_cancelled() RETURNS trigger
LANGUAGE plpgsql AS $func$
BEGIN
    IF NOT EXISTS (SELECT FROM public.badge_forge_queues WHERE queue = NEW.queue) THEN
        RETURN NEW;
    END IF;
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

DROP TRIGGER badge_forge_cancelled ON oban_jobs;
CREATE TRIGGER badge_forge_cancelled BEFORE UPDATE ON oban_jobs FOR EACH ROW
WHEN (
    NEW.state = 'cancelled'
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
    IF EXISTS (SELECT FROM public.badge_forge_queues WHERE queue = NEW.queue) THEN
        NEW.meta := NEW.meta - 'heartbeat';
    END IF;
    RETURN NEW;
END
$func$;

DROP TRIGGER badge_forge_forget_heartbeat ON oban_jobs;
CREATE TRIGGER badge_forge_forget_heartbeat BEFORE UPDATE ON oban_jobs FOR EACH ROW
WHEN (NEW.state <> 'executing' AND NEW.meta ? 'heartbeat')
EXECUTE FUNCTION badge_forge_forget_heartbeat();
