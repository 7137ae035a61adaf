-- Two holes that migration 0006 left.
--
-- An array may begin anywhere. To one that ends at the largest index there is nothing can be appended, so
-- whoever records an outcome of such a row fails, and so does who rescues it, and all others with it.
-- A slice begins at one.
UPDATE oban_jobs SET errors = errors[:] WHERE array_lower(errors, 1) <> 1;

CREATE OR REPLACE FUNCTION badge_forge_loadable(errors jsonb[]) RETURNS boolean
IMMUTABLE PARALLEL SAFE
RETURN array_ndims(errors) = 1 AND array_lower(errors, 1) = 1 AND (
    SELECT bool_and(jsonb_typeof(error) = 'object' AND badge_forge_readable(error))
    FROM unnest(errors) AS error
);

-- Both libraries make jobs available whose time has come, Oban for Elixir those of all queues: it looks for
-- them first, without locking them, and then sets their state by id. A job that the other side has taken
-- meanwhile, or even done, would be available again: run twice, or cancelled if that was its last attempt.
-- Whoever means to have a job once more changes more of it than its state.
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

-- Triggers fire in the order of their names: this one before badge_forge_cancel, which counts attempts.
CREATE TRIGGER badge_forge_as_it_was BEFORE UPDATE ON oban_jobs FOR EACH ROW
WHEN (
    NEW.state = 'available'
    AND OLD.state IN ('executing', 'completed', 'cancelled', 'discarded')
    AND NEW.queue IN ('badges', 'printing')
)
EXECUTE FUNCTION badge_forge_as_it_was();
