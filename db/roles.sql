-- One login role for each application and for Oban Web, with just the rights that it needs on just the tables
-- that it uses.
--
-- Not a migration: roles belong to the server, rights to a database, and whoever may migrate a managed
-- database may perhaps not create roles. `bin/badge-forge db roles` applies this, in one transaction, and
-- sets the passwords. Safe to run again: the rights are then these, and no others.

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

-- No application may hold up the other. None has a statement that takes a second, so one that takes half a
-- minute is stuck; nor does one wait long for a lock, so whoever does is in the way of a migration, and
-- Oban tries again; and a transaction that is left open keeps its row locks, and the table from being
-- vacuumed. Against mistakes: who means harm can set them otherwise for a session.
ALTER ROLE badge_forge_worker SET statement_timeout = '30s';
ALTER ROLE badge_forge_worker SET lock_timeout = '10s';
ALTER ROLE badge_forge_worker SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE badge_forge_print_center SET statement_timeout = '30s';
ALTER ROLE badge_forge_print_center SET lock_timeout = '10s';
ALTER ROLE badge_forge_print_center SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE badge_forge_dash SET statement_timeout = '30s';
ALTER ROLE badge_forge_dash SET lock_timeout = '10s';
ALTER ROLE badge_forge_dash SET idle_in_transaction_session_timeout = '30s';

-- What everybody has unless it is taken away: to connect and to make temporary tables; before
-- PostgreSQL 15, to make tables; and to this day, to make large objects, which fill a disk as well.
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
REVOKE ALL ON SEQUENCE public.oban_jobs_id_seq
    FROM PUBLIC, badge_forge_worker, badge_forge_print_center, badge_forge_dash;
REVOKE ALL ON FUNCTION public.oban_count_estimate
    FROM PUBLIC, badge_forge_worker, badge_forge_print_center, badge_forge_dash;

GRANT USAGE ON SCHEMA public TO badge_forge_worker, badge_forge_print_center, badge_forge_dash;
GRANT USAGE ON SEQUENCE public.oban_jobs_id_seq TO badge_forge_worker, badge_forge_print_center;

-- The worker prunes, for both.
GRANT SELECT, INSERT, UPDATE, DELETE ON public.oban_jobs TO badge_forge_worker;
GRANT SELECT, INSERT, UPDATE ON public.oban_jobs TO badge_forge_print_center;

-- Oban Web looks on. All it needs for that is the jobs; the rest reaches it by notifications.
GRANT SELECT ON public.oban_jobs TO badge_forge_dash;

-- Both report which queues they run, and whether these are paused.
GRANT SELECT, INSERT, UPDATE, DELETE ON public.oban_producers
    TO badge_forge_worker, badge_forge_print_center;

-- Each library elects its own leader.
GRANT SELECT, INSERT, UPDATE, DELETE ON public.oban_leaders TO badge_forge_worker;
GRANT EXECUTE ON FUNCTION public.oban_count_estimate TO badge_forge_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.oban_peers TO badge_forge_print_center;
