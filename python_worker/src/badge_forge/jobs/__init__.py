"""Read and write `oban_jobs`. The SQL is in `.sql` files beside the modules that execute it."""
