-- Refuse rows that a library cannot load. A fetch returns several rows and fails as a whole, so one such row
-- would stop its queue for good. Oban for Elixir cannot load args or meta that are not objects. Oban for
-- Python cannot load a priority above 9, a blank worker or queue, or a time outside of the years 1 to 9999.

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
