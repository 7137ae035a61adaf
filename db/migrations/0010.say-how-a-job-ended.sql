-- Keep what the row of an ended job says readable.
--
-- First: give a cancellation by hand its reason. Both libraries and Oban Web set the state of a cancelled job
-- without recording an error. If Oban for Elixir runs the job, it ends the process and records the exit,
-- `{:cancel, :shutdown}`. If the job was cancelled before that, the same write would also move `cancelled_at`.
CREATE FUNCTION badge_forge_cancelled() RETURNS trigger
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

-- Triggers fire in alphabetical order: this one fires after badge_forge_cancel, which records its own reasons.
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

-- Second: a heartbeat is of use only while the job runs.
CREATE FUNCTION badge_forge_forget_heartbeat() RETURNS trigger
LANGUAGE plpgsql AS $func$
BEGIN
    NEW.meta := NEW.meta - 'heartbeat';
    RETURN NEW;
END
$func$;

CREATE TRIGGER badge_forge_forget_heartbeat BEFORE UPDATE ON oban_jobs FOR EACH ROW
WHEN (NEW.state <> 'executing' AND NEW.meta ? 'heartbeat' AND NEW.queue IN ('badges', 'printing'))
EXECUTE FUNCTION badge_forge_forget_heartbeat();

UPDATE oban_jobs SET meta = meta - 'heartbeat'
WHERE meta ? 'heartbeat' AND state <> 'executing' AND queue IN ('badges', 'printing');
