-- Print a badge again, with a reason, counted. Both applications call these functions, with their own rights. Each
-- statement of such a function sees what others committed before it, so that of two who ask for one badge at once,
-- the second sees the print of the first.

-- Whether the last attempt of a print ended without knowing whether it was printed. The print center records so.
CREATE FUNCTION badge_forge_is_unknown(job oban_jobs) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $func$
    SELECT job.queue = 'printing'
        AND job.state IN ('cancelled', 'discarded')
        AND coalesce(job.errors[cardinality(job.errors)] ->> 'error', '')
            ~ '^(\*\* \([A-Za-z.]+\) \S+ failed with \{:[a-z]+, ")?unknown: check the tray'
$func$;

-- Outcomes: `enqueued`, with the job and the number of the reprint. Nothing is enqueued with `no reason`, which only a
-- print that ended as unknown does not need, `under way` (a print or a rendering of it is), and `not printed`.
CREATE FUNCTION badge_forge_print_again(badge_id text, reason text)
RETURNS TABLE (job_id bigint, outcome text, number integer)
LANGUAGE plpgsql AS $func$
DECLARE
    newest public.oban_jobs%ROWTYPE;
    entry jsonb;
    latest text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('badge_forge.print_again'), hashtext(badge_id));

    SELECT job.id INTO job_id
    FROM (
        SELECT * FROM public.oban_jobs WHERE args @> jsonb_build_object('id', badge_id) OFFSET 0
    ) AS job
    WHERE job.queue IN ('badges', 'printing')
      AND job.state IN ('available', 'scheduled', 'retryable', 'suspended', 'executing')
    ORDER BY job.id DESC
    LIMIT 1;
    IF job_id IS NOT NULL THEN
        outcome := 'under way';
        RETURN NEXT;
        RETURN;
    END IF;

    -- A list that was imported again can have corrected the name (migration 0015): only the latest version is
    -- printed again.
    SELECT coalesce(job.meta ->> 'version', '1') INTO latest
    FROM (
        SELECT * FROM public.oban_jobs WHERE args @> jsonb_build_object('id', badge_id) OFFSET 0
    ) AS job
    WHERE job.queue IN ('badges', 'printing')
    ORDER BY job.id DESC
    LIMIT 1;

    -- The newest print, if it ended as unknown, or else the newest that was printed.
    SELECT job.* INTO newest
    FROM (
        SELECT * FROM public.oban_jobs WHERE args @> jsonb_build_object('id', badge_id) OFFSET 0
    ) AS job
    WHERE job.queue = 'printing' AND coalesce(job.meta ->> 'version', '1') = latest
    ORDER BY job.id DESC
    LIMIT 1;
    IF newest.id IS NOT NULL AND NOT public.badge_forge_is_unknown(newest) THEN
        SELECT job.* INTO newest
        FROM (
            SELECT * FROM public.oban_jobs WHERE args @> jsonb_build_object('id', badge_id) OFFSET 0
        ) AS job
        WHERE job.queue = 'printing'
          AND job.state = 'completed'
          AND coalesce(job.meta ->> 'version', '1') = latest
        ORDER BY job.id DESC
        LIMIT 1;
    END IF;
    IF newest.id IS NULL THEN
        outcome := 'not printed';
        RETURN NEXT;
        RETURN;
    END IF;
    IF coalesce(btrim(reason), '') = '' THEN
        IF newest.state = 'completed' THEN
            outcome := 'no reason';
            RETURN NEXT;
            RETURN;
        END IF;
        reason := 'it was not known whether it was printed';
    END IF;

    -- Each reprint has an entry in `errors`, also one by Oban Web (migration 0011).
    SELECT 1 + coalesce(sum((
        SELECT count(*) FROM unnest(job.errors) AS error WHERE error ->> 'error' ~ '^reprint( \d+)?: '
    )), 0) INTO number
    FROM (
        SELECT * FROM public.oban_jobs WHERE args @> jsonb_build_object('id', badge_id) OFFSET 0
    ) AS job
    WHERE job.queue IN ('badges', 'printing');
    entry := jsonb_build_object(
        'attempt', 0,
        'at', to_char(timezone('UTC', clock_timestamp()), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'error', 'reprint ' || number || ': ' || left(btrim(reason), 200)
    );
    outcome := 'enqueued';

    -- The number of the copy tells the printer that this one is wanted. It is that of the job, or one that no job has.
    IF newest.state = 'completed' THEN
        INSERT INTO public.oban_jobs (queue, worker, args, meta, priority, max_attempts, tags, errors)
        VALUES (
            newest.queue, newest.worker, newest.args, coalesce(newest.meta, '{}') || '{"print_again": true}',
            0, newest.max_attempts, newest.tags, ARRAY[entry]
        )
        RETURNING id INTO job_id;
    ELSE
        UPDATE public.oban_jobs AS job
        SET state = 'available',
            scheduled_at = timezone('UTC', now()),
            cancelled_at = NULL,
            discarded_at = NULL,
            max_attempts = greatest(max_attempts, least(attempt::bigint + 5, 2147483647)::integer),
            meta = coalesce(meta, '{}')
                   || jsonb_build_object('print_again', nextval('public.oban_jobs_id_seq')),
            errors = errors || entry
        WHERE job.id = newest.id
        RETURNING id INTO job_id;
    END IF;
    PERFORM pg_notify('public.oban_insert', json_build_object('queue', newest.queue)::text);
    RETURN NEXT;
END
$func$;

-- Record that a print that ended as unknown is in the tray. Outcomes: `printed`, with the job; `not unknown`, with the
-- badge's newest print, if there is one.
CREATE FUNCTION badge_forge_printed(badge_id text)
RETURNS TABLE (job_id bigint, outcome text)
LANGUAGE plpgsql AS $func$
DECLARE
    newest public.oban_jobs%ROWTYPE;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('badge_forge.print_again'), hashtext(badge_id));
    SELECT job.* INTO newest
    FROM (
        SELECT * FROM public.oban_jobs WHERE args @> jsonb_build_object('id', badge_id) OFFSET 0
    ) AS job
    WHERE job.queue = 'printing'
    ORDER BY job.id DESC
    LIMIT 1;
    job_id := newest.id;
    outcome := 'not unknown';
    IF newest.id IS NOT NULL AND public.badge_forge_is_unknown(newest) THEN
        UPDATE public.oban_jobs AS job
        SET state = 'completed',
            completed_at = timezone('UTC', clock_timestamp()),
            cancelled_at = NULL,
            discarded_at = NULL,
            errors = errors || jsonb_build_object(
                'attempt', 0,
                'at', to_char(timezone('UTC', clock_timestamp()), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                'error', 'printed: a person found it in the tray'
            )
        WHERE job.id = newest.id;
        outcome := 'printed';
    END IF;
    RETURN NEXT;
END
$func$;
