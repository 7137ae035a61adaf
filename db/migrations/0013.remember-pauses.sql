-- Remember which queues are paused, in a table that survives a crash of PostgreSQL: `oban_producers` is unlogged, and
-- only has the applications that run. An application that starts later begins with the queue paused. The time is in
-- UTC; NULL means that the queue is not paused.
ALTER TABLE badge_forge_queues ADD COLUMN paused_at timestamp without time zone;
