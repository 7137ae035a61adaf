DROP TRIGGER badge_forge_fetch ON oban_jobs;
DROP FUNCTION badge_forge_skip();
