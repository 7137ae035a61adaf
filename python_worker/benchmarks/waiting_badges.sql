-- Insert badge jobs with a lower priority than walk-ups.
INSERT INTO oban_jobs (queue, worker, args, max_attempts, priority)
SELECT 'badges', 'badge_forge.generator.GenerateBadge', jsonb_build_object(
    'id', gen_random_uuid(), 'name', 'Waiting ' || number, 'company', 'In the hall', 'type', 'attendee'
  ), 5, 3
FROM generate_series(1, %s) AS number
