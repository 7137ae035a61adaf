DROP TRIGGER badge_forge_as_it_was ON oban_jobs;
DROP FUNCTION badge_forge_as_it_was();

CREATE OR REPLACE FUNCTION badge_forge_loadable(errors jsonb[]) RETURNS boolean
IMMUTABLE PARALLEL SAFE
RETURN array_ndims(errors) = 1 AND (
    SELECT bool_and(jsonb_typeof(error) = 'object' AND badge_forge_readable(error))
    FROM unnest(errors) AS error
);
