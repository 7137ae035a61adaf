-- transactional: false
-- A badge of a list has a version. Each exists once, so that two imports at the same time enqueue it once.
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS oban_jobs_badge_version_index
    ON oban_jobs ((args ->> 'id'), (meta ->> 'version'))
    WHERE queue = 'badges' AND meta ? 'event';
