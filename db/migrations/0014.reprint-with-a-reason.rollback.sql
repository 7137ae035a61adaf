DROP FUNCTION badge_forge_printed(text);
DROP FUNCTION badge_forge_print_again(text, text);
DROP FUNCTION badge_forge_is_unknown(oban_jobs);
