ALTER INDEX oban_jobs_args_index RESET (gin_pending_list_limit);
ALTER INDEX oban_jobs_meta_index RESET (gin_pending_list_limit);
