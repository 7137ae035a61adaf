DROP TRIGGER badge_forge_forget_heartbeat ON oban_jobs;
DROP FUNCTION badge_forge_forget_heartbeat();
DROP TRIGGER badge_forge_cancelled ON oban_jobs;
DROP FUNCTION badge_forge_cancelled();
