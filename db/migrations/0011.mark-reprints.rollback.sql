DROP TRIGGER badge_forge_reprint ON oban_jobs;
DROP FUNCTION badge_forge_reprint();
