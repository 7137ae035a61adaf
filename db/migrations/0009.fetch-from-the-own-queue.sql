-- Let each application's role fetch from its own queue only. Oban for Elixir and Oban for Python start a queue on
-- every node of the database when one of them is asked to (`Oban.start_queue`). A node that lacks the workers of
-- the queue would fail each job with "unknown worker", up to its last attempt. With this trigger, the fetch of such
-- a node returns no rows, and no attempt is used.
--
-- Other roles, such as the owner, may fetch from any queue.
CREATE FUNCTION badge_forge_skip() RETURNS trigger
LANGUAGE plpgsql AS $func$
BEGIN
    RETURN NULL;
END
$func$;

CREATE TRIGGER badge_forge_fetch BEFORE UPDATE ON oban_jobs FOR EACH ROW
WHEN (
    NEW.state = 'executing'
    AND OLD.state <> 'executing'
    AND (
        (NEW.queue = 'badges' AND current_user = 'badge_forge_print_center')
        OR (NEW.queue = 'printing' AND current_user = 'badge_forge_worker')
    )
)
EXECUTE FUNCTION badge_forge_skip();
