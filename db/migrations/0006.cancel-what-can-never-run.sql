-- Cancel jobs that cannot run, with a reason, before an application fetches them.
--
-- An unknown worker: Oban for Python imports any module that a row names, and both libraries retry a worker
-- that they cannot find. A queue that does not match the worker: no application would run the job. Nesting
-- and numbers beyond Elixir's limits: its fetch fails as a whole, which stops the queue. The stand-in has
-- the same problem with rows of megabytes. No attempts left: Oban for Python's fetch counts such rows
-- against its limit but does not run them, which stops the queue, too.
--
-- Rows with other queues and workers belong to other applications and are left alone.

-- The contracts allow less nesting and smaller numbers than this function, and each library reads more. The
-- first condition recognises the usual case, an object of strings, at a third of the cost.
CREATE FUNCTION badge_forge_readable(document jsonb) RETURNS boolean
IMMUTABLE PARALLEL SAFE
RETURN NOT (
    document @? 'strict $.* ? (@.type() != "string")'
    AND (
        document @? 'strict $.**{6}'
        OR document @? 'strict $.**{0 to 5} ? (@ > 1e300 || @ < -1e300)'
    )
);

CREATE FUNCTION badge_forge_loadable(errors jsonb[]) RETURNS boolean
IMMUTABLE PARALLEL SAFE
RETURN array_ndims(errors) = 1 AND (
    SELECT bool_and(jsonb_typeof(error) = 'object' AND badge_forge_readable(error))
    FROM unnest(errors) AS error
);

-- Refuse values on which a fetch or an acknowledgement fails, in any queue, as migration 0005 does.
ALTER TABLE oban_jobs
    ADD CONSTRAINT attempted_at_is_loadable
        CHECK (attempted_at >= '0001-01-01' AND attempted_at < '9999-01-01'),
    ADD CONSTRAINT completed_at_is_loadable
        CHECK (completed_at >= '0001-01-01' AND completed_at < '9999-01-01'),
    ADD CONSTRAINT cancelled_at_is_loadable
        CHECK (cancelled_at >= '0001-01-01' AND cancelled_at < '9999-01-01'),
    ADD CONSTRAINT discarded_at_is_loadable
        CHECK (discarded_at >= '0001-01-01' AND discarded_at < '9999-01-01'),
    ADD CONSTRAINT errors_is_loadable CHECK (errors = '{}' OR badge_forge_loadable(errors)),
    ADD CONSTRAINT tags_is_loadable CHECK (tags = '{}' OR array_ndims(tags) = 1);

-- Remove a value of meta.rescued that is not a small number. Oban for Python's rescue increments it, for all
-- rows in one statement, and would fail on it. A constraint would not do: if an increment violated it, the
-- rescue of all rows would fail.
CREATE FUNCTION badge_forge_forget_rescues() RETURNS trigger
LANGUAGE plpgsql AS $func$
BEGIN
    NEW.meta := NEW.meta - 'rescued';
    RETURN NEW;
END
$func$;

CREATE TRIGGER badge_forge_forget_rescues BEFORE INSERT OR UPDATE ON oban_jobs FOR EACH ROW
WHEN ((NEW.meta ->> 'rescued') !~ '^[0-9]{1,6}$')
EXECUTE FUNCTION badge_forge_forget_rescues();

CREATE FUNCTION badge_forge_cancel() RETURNS trigger
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

-- This fires on UPDATE, too, because an operator can retry a job, and a rescue makes a job available that was
-- inserted as executing.
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

-- Check the rows that are waiting already.
UPDATE oban_jobs SET state = state
WHERE state IN ('available', 'scheduled', 'retryable', 'suspended')
    AND (
        queue IN ('badges', 'printing')
        OR worker IN ('badge_forge.generator.GenerateBadge', 'BadgeForge.PrintCenter')
    );
