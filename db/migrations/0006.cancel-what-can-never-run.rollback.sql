DROP TRIGGER badge_forge_cancel ON oban_jobs;
DROP FUNCTION badge_forge_cancel();
DROP TRIGGER badge_forge_forget_rescues ON oban_jobs;
DROP FUNCTION badge_forge_forget_rescues();

ALTER TABLE oban_jobs
    DROP CONSTRAINT attempted_at_is_loadable,
    DROP CONSTRAINT completed_at_is_loadable,
    DROP CONSTRAINT cancelled_at_is_loadable,
    DROP CONSTRAINT discarded_at_is_loadable,
    DROP CONSTRAINT errors_is_loadable,
    DROP CONSTRAINT tags_is_loadable;

DROP FUNCTION badge_forge_loadable(jsonb[]);
DROP FUNCTION badge_forge_readable(jsonb);
