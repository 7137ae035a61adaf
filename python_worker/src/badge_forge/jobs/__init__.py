"""Read and write `oban_jobs`: every module here has its SQL statements beside it."""
