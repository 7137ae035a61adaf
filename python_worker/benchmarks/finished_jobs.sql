-- Insert completed jobs, half of them in each queue.
INSERT INTO oban_jobs (state, queue, worker, args, meta, attempt, max_attempts, priority,
  attempted_at, completed_at, attempted_by)
SELECT 'completed', side.queue, side.worker, jsonb_build_object(
    'id', gen_random_uuid(), 'name', 'Done ' || number, 'company', 'At home', 'type', 'attendee'
  ), jsonb_build_object('batch_id', gen_random_uuid()), 1, 5, 1,
  timezone('UTC', now()), timezone('UTC', now()), ARRAY['growth', gen_random_uuid()::text]
FROM generate_series(1, %s / 2) AS number, (VALUES
  ('badges', 'badge_forge.generator.GenerateBadge'), ('printing', 'BadgeForge.PrintCenter')
) AS side (queue, worker)
