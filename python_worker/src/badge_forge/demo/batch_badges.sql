-- The badges of a batch, in the order they were enqueued, each with its print and what went wrong last.
SELECT
    badge.args->>'name' AS name,
    badge.args->>'type' AS type,
    print.args->>'path' AS path,
    coalesce(print.state = 'completed', false) AS printed,
    coalesce(print.state, badge.state)::text AS state,
    coalesce(
        print.errors[array_upper(print.errors, 1)]->>'error',
        badge.errors[array_upper(badge.errors, 1)]->>'error'
    ) AS error
FROM oban_jobs AS badge
LEFT JOIN oban_jobs AS print
    ON print.meta @> jsonb_build_object('batch_id', %(batch_id)s::text)
    AND print.worker = 'BadgeForge.PrintCenter'
    AND print.args->>'id' = badge.args->>'id'
WHERE badge.meta @> jsonb_build_object('batch_id', %(batch_id)s::text)
  AND badge.worker = 'badge_forge.generator.GenerateBadge'
ORDER BY badge.id
