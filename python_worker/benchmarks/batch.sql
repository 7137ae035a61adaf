-- A batch of badges, from a list of their args.
INSERT INTO oban_jobs (queue, worker, args, meta, max_attempts)
SELECT 'badges', 'badge_forge.generator.GenerateBadge', args, jsonb_build_object('batch_id', %s::text), 5
FROM jsonb_array_elements(%s) AS args
