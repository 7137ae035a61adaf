-- Follows recent_batches.sql. Also the designs and types in use, and `complete`: whether all jobs were read.
SELECT
    (SELECT coalesce(jsonb_agg(to_jsonb(counted)), '[]')
     FROM (SELECT id, total, printed, failed FROM batches) AS counted) AS batches,
    (SELECT coalesce(jsonb_agg(design ORDER BY design), '[]')
     FROM (SELECT DISTINCT design FROM recent WHERE design IS NOT NULL ORDER BY design LIMIT 50) AS designs)
        AS designs,
    (SELECT coalesce(jsonb_agg(type ORDER BY type), '[]')
     FROM (SELECT DISTINCT type FROM recent WHERE type ~ '^(?=.{1,40}$)[a-z0-9]+(-[a-z0-9]+)*$' ORDER BY type LIMIT 50) AS types)
        AS types,
    (SELECT count(*) < %(scanned)s FROM recent) AS complete
