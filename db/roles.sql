-- Create a login role for each application and for Oban Web, with the rights that it needs and no others.
--
-- This is not a migration, because roles belong to the server, and the owner of a managed database may not be
-- allowed to create them. `bin/badge-forge db roles` applies this file in one transaction and sets the
-- passwords. It can be applied repeatedly. Afterwards the rights are exactly these.

DO $$
BEGIN
    IF to_regrole('badge_forge_worker') IS NULL THEN
        CREATE ROLE badge_forge_worker LOGIN;
    END IF;
    IF to_regrole('badge_forge_print_center') IS NULL THEN
        CREATE ROLE badge_forge_print_center LOGIN;
    END IF;
    IF to_regrole('badge_forge_dash') IS NULL THEN
        CREATE ROLE badge_forge_dash LOGIN;
    END IF;
END
$$;

-- Undo what a role set for itself: any role may do that, for all databases or for one, and so end its time limits, or
-- make each of its statements fail. Open sessions keep their settings.
DO $$
DECLARE
    setting record;
BEGIN
    FOR setting IN
        SELECT role.rolname AS login, datname AS database
        FROM pg_db_role_setting
        JOIN pg_roles AS role ON role.oid = setrole
        LEFT JOIN pg_database AS database ON database.oid = setdatabase
        WHERE rolname IN ('badge_forge_worker', 'badge_forge_print_center', 'badge_forge_dash')
    LOOP
        IF setting.database IS NULL THEN
            EXECUTE format('ALTER ROLE %I RESET ALL', setting.login);
        ELSE
            EXECUTE format('ALTER ROLE %I IN DATABASE %I RESET ALL', setting.login, setting.database);
        END IF;
    END LOOP;
END
$$;

-- Time limits keep one application from blocking the other by mistake. (A role can change them in its session.)
-- Statements normally take less than a second. A session that waits long for a lock may block a migration, and
-- Oban retries. An open transaction keeps its row locks and prevents vacuuming.
-- The last four notice within half a minute that a client's network is cut, and end its session and its locks. They
-- have no effect on Unix sockets.
DO $$
DECLARE
    login text;
    setting text;
BEGIN
    FOREACH login IN ARRAY ARRAY['badge_forge_worker', 'badge_forge_print_center', 'badge_forge_dash'] LOOP
        FOREACH setting IN ARRAY ARRAY[
            -- These override the settings of the database. The applications set them in each session, too.
            'default_transaction_isolation = ''read committed''',
            'default_transaction_read_only = off',
            'search_path = public',
            'timezone = ''UTC''',
            'datestyle = ''ISO, MDY''',
            'idle_session_timeout = 0',
            'statement_timeout = ''30s''',
            'lock_timeout = ''10s''',
            'idle_in_transaction_session_timeout = ''30s''',
            'tcp_keepalives_idle = 10',
            'tcp_keepalives_interval = 5',
            'tcp_keepalives_count = 3',
            'tcp_user_timeout = ''20s'''
        ] LOOP
            EXECUTE format('ALTER ROLE %I SET %s', login, setting);
        END LOOP;
    END LOOP;
END
$$;

-- Revoke what PostgreSQL grants to PUBLIC in this database. The server's other databases are left alone, since other
-- applications may use them: `db roles` names those that the roles can connect to.
-- What PUBLIC has: to connect, to create temporary tables, to create tables (before
-- PostgreSQL 15), and to create large objects, which can fill the disk.
DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format(
        'GRANT CONNECT ON DATABASE %I TO badge_forge_worker, badge_forge_print_center, badge_forge_dash',
        current_database()
    );
END
$$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION
    pg_catalog.lo_creat(integer), pg_catalog.lo_create(oid), pg_catalog.lo_from_bytea(oid, bytea)
    FROM PUBLIC;

REVOKE ALL ON public.oban_jobs, public.oban_peers, public.oban_leaders, public.oban_producers
    FROM PUBLIC, badge_forge_worker, badge_forge_print_center, badge_forge_dash;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON public.badge_forge_queues
    FROM PUBLIC, badge_forge_worker, badge_forge_print_center, badge_forge_dash;
REVOKE ALL ON SEQUENCE public.oban_jobs_id_seq
    FROM PUBLIC, badge_forge_worker, badge_forge_print_center, badge_forge_dash;
REVOKE ALL ON FUNCTION public.oban_count_estimate
    FROM PUBLIC, badge_forge_worker, badge_forge_print_center, badge_forge_dash;

GRANT USAGE ON SCHEMA public TO badge_forge_worker, badge_forge_print_center, badge_forge_dash;
GRANT USAGE ON SEQUENCE public.oban_jobs_id_seq TO badge_forge_worker, badge_forge_print_center;

-- The worker has DELETE because it prunes for both applications.
GRANT SELECT, DELETE ON public.oban_jobs TO badge_forge_worker;
GRANT SELECT ON public.oban_jobs TO badge_forge_print_center;

-- Only the sequence assigns ids. A row with an id ahead of the sequence would make a later insert fail, of either
-- application. Neither library names the id.
DO $$
DECLARE
    columns text;
BEGIN
    SELECT string_agg(quote_ident(attname), ', ')
    INTO columns
    FROM pg_attribute
    WHERE attrelid = 'public.oban_jobs'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'id';

    EXECUTE format(
        'GRANT INSERT (%s), UPDATE (%s) ON public.oban_jobs TO badge_forge_worker, badge_forge_print_center',
        columns,
        columns
    );
END
$$;

-- Views are read-only. Oban Web needs the jobs, and gets everything else by notifications. The views of
-- `badge-forge watch` and `badge-forge wall` also show the nodes.
GRANT SELECT ON public.oban_jobs, public.oban_producers TO badge_forge_dash;

-- Both applications report their queues, and whether they are paused.
GRANT SELECT, INSERT, UPDATE, DELETE ON public.oban_producers
    TO badge_forge_worker, badge_forge_print_center;

-- Both remember which queues are paused. What else is in the table are the rules of the triggers.
GRANT UPDATE (paused_at) ON public.badge_forge_queues TO badge_forge_worker, badge_forge_print_center;

-- Each library elects its own leader.
GRANT SELECT, INSERT, UPDATE, DELETE ON public.oban_leaders TO badge_forge_worker;
GRANT EXECUTE ON FUNCTION public.oban_count_estimate TO badge_forge_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.oban_peers TO badge_forge_print_center;
