ALTER TABLE badge_forge_queues DROP COLUMN paused_at;
