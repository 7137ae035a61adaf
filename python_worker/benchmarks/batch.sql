-- Insert a batch of badge jobs, given a batch id and a JSON list of args.
INSERT INTO oban_jobs (queue, worker, args, meta, max_attempts)
SELECT 'badges', 'badge_forge.generator.GenerateBadge', args, jsonb_build_object('batch_id', %s::text), 5
FROM jsonb_array_elements(%s) AS args
