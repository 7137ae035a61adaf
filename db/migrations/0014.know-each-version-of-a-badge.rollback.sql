-- transactional: false
DROP INDEX CONCURRENTLY IF EXISTS oban_jobs_badge_version_index;
