ALTER TABLE oban_jobs
    DROP CONSTRAINT args_is_object,
    DROP CONSTRAINT meta_is_object,
    DROP CONSTRAINT priority_is_loadable,
    DROP CONSTRAINT queue_is_not_blank,
    DROP CONSTRAINT worker_is_not_blank,
    DROP CONSTRAINT inserted_at_is_loadable,
    DROP CONSTRAINT scheduled_at_is_loadable;
