DROP TABLE oban_jobs;
DROP TYPE oban_job_state;
