"""Nothing is lost: signs of life from who works on a job, and rescue of jobs that nobody works on."""
