-- A fetch takes several rows at once, and fails as a whole when one of them can't be loaded: by Oban for
-- Elixir, args and meta that are no object; by Oban for Python, a priority above 9, a blank worker or
-- queue, a time before the year 1 or after 9999. One such row would stop its queue for good, so nobody can
-- insert one.

ALTER TABLE oban_jobs
    ADD CONSTRAINT args_is_object CHECK (jsonb_typeof(args) = 'object'),
    ADD CONSTRAINT meta_is_object CHECK (jsonb_typeof(meta) = 'object'),
    ADD CONSTRAINT priority_is_loadable CHECK (priority <= 9),
    ADD CONSTRAINT queue_is_not_blank CHECK (queue ~ '\S'),
    ADD CONSTRAINT worker_is_not_blank CHECK (worker ~ '\S'),
    ADD CONSTRAINT inserted_at_is_loadable
        CHECK (inserted_at >= '0001-01-01' AND inserted_at < '9999-01-01'),
    ADD CONSTRAINT scheduled_at_is_loadable
        CHECK (scheduled_at >= '0001-01-01' AND scheduled_at < '9999-01-01');
