-- Close two gaps of migration 0006.
--
-- First: a PostgreSQL array can start at any index. If it ends at the largest one, appending an error fails,
-- and with it the acknowledgement of that job and the rescue of all jobs. A slice starts at index 1.
UPDATE oban_jobs SET errors = errors[:] WHERE array_lower(errors, 1) <> 1;

CREATE OR REPLACE FUNCTION badge_forge_loadable(errors jsonb[]) RETURNS boolean
IMMUTABLE PARALLEL SAFE
RETURN array_ndims(errors) = 1 AND array_lower(errors, 1) = 1 AND (
    SELECT bool_and(jsonb_typeof(error) = 'object' AND badge_forge_readable(error))
    FROM unnest(errors) AS error
);

-- Second: both libraries stage due jobs, Oban for Elixir those of all queues. It selects them without a lock
-- and then sets their state by id. If the other side has fetched or even finished a job in between, the job
-- would become available again. It would run twice, or be cancelled if that was its last attempt. So an
-- UPDATE that only sets the state to available is ignored. A real retry or rescue changes other columns, too.
CREATE FUNCTION badge_forge_as_it_was() RETURNS trigger
LANGUAGE plpgsql AS $func$
BEGIN
    OLD.state := NEW.state;
    IF NEW IS NOT DISTINCT FROM OLD THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END
$func$;

-- Triggers fire in alphabetical order: this one fires before badge_forge_cancel, which checks the attempts.
CREATE TRIGGER badge_forge_as_it_was BEFORE UPDATE ON oban_jobs FOR EACH ROW
WHEN (
    NEW.state = 'available'
    AND OLD.state IN ('executing', 'completed', 'cancelled', 'discarded')
    AND NEW.queue IN ('badges', 'printing')
)
EXECUTE FUNCTION badge_forge_as_it_was();
