-- A badge of a list has a version. Each exists once, so that two imports at the same time enqueue it once.
--
-- The index is built within the transaction, since no row belongs to an event yet: the table is read once. Built
-- concurrently, it would wait for another `db migrate`, which waits for this one.
CREATE UNIQUE INDEX oban_jobs_badge_version_index
    ON oban_jobs ((args ->> 'id'), (meta ->> 'version'))
    WHERE queue = 'badges' AND meta ? 'event';
