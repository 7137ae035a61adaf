defmodule BadgeForge.Statements do
  @moduledoc """
  All SQL of this app. Other modules call these functions and see no SQL.

  The statements run on Postgrex and on the stand-in for Oban in `without_hex/`, which asks for four things:

    * Parameters are strings. Cast each in SQL, first to `text`, so that Postgrex takes a string for it too:
      `($1::text)::bigint`.
    * Rows hold what JSON can hold: numbers, strings, booleans and `nil`. Cast other types to text in SQL, enums
      and timestamps for example.
    * A statement returns rows if it begins with `SELECT` or `WITH`, or has `RETURNING`.
    * `$1` and `?` are parameters wherever they appear, also in comments and literals.
  """

  alias BadgeForge.{JobFilter, Queues, Repo}

  # Which rows of `oban_jobs AS job` a filter means: its parameters are the first eight. Python's `job_filter.sql` is
  # the same condition.
  @wanted """
  job.queue = ANY (string_to_array($1::text, ','))
  AND ($2::text IS NULL OR job.id = ANY (string_to_array($2::text, ',')::bigint[]))
  AND ($3::text IS NULL OR job.meta @> jsonb_build_object('batch_id', $3::text))
  AND (
    $4::text IS NULL
    OR job.args->>'type' = $4::text
    OR (
      job.queue = 'printing'
      AND EXISTS (
        SELECT FROM public.oban_jobs AS badge
        WHERE badge.queue = 'badges'
          AND badge.args @> jsonb_build_object('id', job.args->'id')
          AND badge.args->>'type' = $4::text
      )
    )
  )
  AND (
    $5::text IS NULL
    OR greatest(job.inserted_at, job.attempted_at, job.completed_at, job.cancelled_at, job.discarded_at)
      >= ($5::text)::timestamp
    OR job.scheduled_at BETWEEN ($5::text)::timestamp AND timezone('UTC', now())
  )
  AND (
    $6::text IS NULL
    OR left(job.args->>'name', 200) ILIKE $6::text
    OR (
      job.args->>'name' !~ '^[ -~]*$'
      AND translate(
        regexp_replace(normalize(lower(left(job.args->>'name', 200)), NFKD), '[\\u0300-\\u036f]', '', 'g'),
        'łøđħı',
        'lodhi'
      ) LIKE $7::text
    )
  )
  AND ($8::text IS NULL OR job.meta @> jsonb_build_object('event', $8::text))
  """

  @doc "Count the jobs of a batch and of its confirmations, as `BadgeForge.progress/1` returns them."
  @spec progress(String.t()) :: BadgeForge.progress()
  def progress(batch_id) do
    %{rows: [[badges, waiting, rendered, printed, failed]]} =
      Repo.query!(
        """
        SELECT
          count(*) FILTER (WHERE queue = 'badges'),
          count(*) FILTER (WHERE queue = 'badges'
                           AND state NOT IN ('completed', 'cancelled', 'discarded')),
          count(*) FILTER (WHERE queue = 'badges' AND state = 'completed'),
          count(*) FILTER (WHERE queue = 'printing' AND state = 'completed'),
          count(*) FILTER (WHERE state IN ('cancelled', 'discarded'))
        FROM public.oban_jobs
        WHERE meta @> jsonb_build_object('batch_id', $1::text)
        """,
        [batch_id]
      )

    %{badges: badges, waiting: waiting, rendered: rendered, printed: printed, failed: failed}
  end

  @doc """
  List the jobs that a filter means and that were cancelled or discarded, the latest first, `limit` at most. A badge
  that a later version of its list withdrew has not failed.

  Each row is `[id, queue, state, badge_id, name, attempt, error, failed_at]`. `error` is the line of the last
  error that says what went wrong: the first line of Elixir's, the last line of Python's, which is a traceback.
  `failed_at` is a text that may be `infinity`.
  """
  @spec failed(JobFilter.t(), pos_integer) :: [list]
  def failed(filter, limit) do
    %{rows: rows} =
      Repo.query!(
        """
        SELECT id, queue, state, badge_id, name, attempt,
               left(CASE WHEN error LIKE '** (%' THEN split_part(error, E'\\n', 1)
                         ELSE substring(rtrim(error, E' \\r\\n\\t') FROM '[^\\n]*$') END, 500),
               to_char(failed_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
        FROM (
          SELECT id, queue, state::text, attempt,
                 CASE WHEN jsonb_typeof(args->'id') = 'string' THEN args->>'id' END AS badge_id,
                 CASE WHEN jsonb_typeof(args->'name') = 'string' THEN args->>'name' END AS name,
                 errors[array_upper(errors, 1)]->>'error' AS error,
                 coalesce(greatest(cancelled_at, discarded_at), attempted_at, inserted_at) AS failed_at
          FROM public.oban_jobs AS job
          WHERE state IN ('cancelled', 'discarded') AND meta->'withdrawn' IS NULL AND (#{@wanted})
          ORDER BY failed_at DESC, id DESC
          LIMIT ($9::text)::integer
        ) AS failed
        ORDER BY failed_at DESC, id DESC
        """,
        JobFilter.parameters(filter) ++ ["#{limit}"]
      )

    rows
  end

  @doc """
  Count the jobs that a filter means. Each row is `[queue, waiting, held, executing, retryable, completed, failed]`.
  """
  @spec count_jobs(JobFilter.t()) :: [list]
  def count_jobs(filter) do
    Repo.query!(
      """
      SELECT
        queue,
        count(*) FILTER (WHERE state IN ('available', 'scheduled')),
        count(*) FILTER (WHERE state = 'suspended'),
        count(*) FILTER (WHERE state = 'executing'),
        count(*) FILTER (WHERE state = 'retryable'),
        count(*) FILTER (WHERE state = 'completed'),
        count(*) FILTER (WHERE state IN ('cancelled', 'discarded') AND meta->'withdrawn' IS NULL)
      FROM public.oban_jobs AS job
      WHERE (#{@wanted})
      GROUP BY queue
      ORDER BY queue
      """,
      JobFilter.parameters(filter)
    ).rows
  end

  @doc """
  List the newest batches of the jobs that a filter means, `limit` at most.

  Each row is `[id, enqueued_at, badges, rendered, printed, failed]`. A badge that was printed twice counts once.
  """
  @spec batches(JobFilter.t(), pos_integer) :: [list]
  def batches(filter, limit) do
    Repo.query!(
      """
      SELECT
        left(meta->>'batch_id', 100),
        to_char(min(inserted_at), 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        count(DISTINCT badge_id),
        count(DISTINCT badge_id) FILTER (WHERE queue = 'printing' OR state = 'completed'),
        count(DISTINCT badge_id) FILTER (WHERE queue = 'printing' AND state = 'completed'),
        count(DISTINCT badge_id) FILTER (WHERE state IN ('cancelled', 'discarded') AND meta->'withdrawn' IS NULL)
      FROM (
        SELECT id, queue, state, meta, inserted_at, coalesce(left(args->>'id', 40), id::text) AS badge_id
        FROM public.oban_jobs AS job
        WHERE queue IN ('badges', 'printing') AND meta->>'batch_id' IS NOT NULL AND (#{@wanted})
        ORDER BY id DESC
        LIMIT 200000
      ) AS recent
      GROUP BY left(meta->>'batch_id', 100)
      ORDER BY max(id) DESC
      LIMIT ($9::text)::integer
      """,
      JobFilter.parameters(filter) ++ ["#{limit}"]
    ).rows
  end

  @doc "List the failed prints that a filter means, with what they need: each row is `[id, badge_id, file, sha256]`."
  @spec failed_prints(JobFilter.t()) :: [list]
  def failed_prints(filter) do
    Repo.query!(
      """
      SELECT id, args->>'id', coalesce(args->>'file', regexp_replace(args->>'path', '^.*/', '')), args->>'sha256'
      FROM public.oban_jobs AS job
      WHERE queue = 'printing' AND state IN ('cancelled', 'discarded') AND meta->'withdrawn' IS NULL AND (#{@wanted})
      ORDER BY id
      """,
      JobFilter.parameters(filter)
    ).rows
  end

  @doc "Retry the jobs that a filter means, except those with the ids `but`. Python's `retry_jobs.sql` is the same."
  @spec retry(JobFilter.t(), [pos_integer], pos_integer) :: [list]
  def retry(filter, but, more_attempts) do
    Repo.query!(
      """
      UPDATE public.oban_jobs AS job
      SET state = 'available',
          max_attempts = greatest(
            max_attempts, least(attempt::bigint + ($10::text)::integer, 2147483647)::integer
          ),
          scheduled_at = timezone('UTC', now()),
          cancelled_at = NULL,
          discarded_at = NULL
      WHERE state IN ('cancelled', 'discarded', 'retryable')
        AND NOT id = ANY (string_to_array($9::text, ',')::bigint[])
        AND meta->'withdrawn' IS NULL -- a later version replaced it, or its ticket is gone
        AND (#{@wanted})
      RETURNING id
      """,
      JobFilter.parameters(filter) ++ [Enum.join(but, ","), "#{more_attempts}"]
    ).rows
  end

  @doc """
  Cancel the jobs that a filter means, also running ones, and tell their workers to stop. Python's `cancel_jobs.sql`
  does the same in one statement.
  """
  @spec cancel(JobFilter.t()) :: [list]
  def cancel(filter) do
    %{rows: rows} =
      Repo.query!(
        """
        UPDATE public.oban_jobs AS job
        SET state = 'cancelled',
            cancelled_at = timezone('UTC', now()),
            errors = errors || jsonb_build_object(
              'attempt', attempt,
              'at', to_char(timezone('UTC', now()), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
              'error', 'cancelled by hand'
            )
        WHERE state IN ('available', 'scheduled', 'retryable', 'suspended', 'executing') AND (#{@wanted})
        RETURNING id, attempted_at IS NOT NULL
        """,
        JobFilter.parameters(filter)
      )

    for [id, true] <- rows do
      Repo.query!(
        """
        SELECT pg_notify(
          'public.oban_signal',
          json_build_object('action', 'pkill', 'job_id', ($1::text)::bigint, 'ident', 'any')::text
        )::text
        """,
        ["#{id}"]
      )
    end

    rows
  end

  @doc "Hold the jobs that a filter means and that wait: no Oban takes a suspended job. As Python's `hold_jobs.sql`."
  @spec hold(JobFilter.t()) :: [list]
  def hold(filter) do
    Repo.query!(
      """
      UPDATE public.oban_jobs AS job
      SET state = 'suspended'
      WHERE state IN ('available', 'scheduled', 'retryable') AND (#{@wanted})
      RETURNING id
      """,
      JobFilter.parameters(filter)
    ).rows
  end

  @doc """
  Let the jobs that a filter means and that are held wait again: rows of `[id, queue]`. As Python's
  `release_held_jobs.sql`, which also notifies.
  """
  @spec release_held(JobFilter.t()) :: [list]
  def release_held(filter) do
    Repo.query!(
      """
      UPDATE public.oban_jobs AS job
      SET state = CASE WHEN scheduled_at <= timezone('UTC', now()) THEN 'available'
                       WHEN attempt > 0 THEN 'retryable'
                       ELSE 'scheduled' END::public.oban_job_state
      WHERE state = 'suspended' AND (#{@wanted})
      RETURNING id, queue
      """,
      JobFilter.parameters(filter)
    ).rows
  end

  @doc "Tell the applications that a queue has jobs."
  @spec notify_insert(String.t()) :: term
  def notify_insert(queue) do
    Repo.query!(
      "SELECT pg_notify('public.oban_insert', json_build_object('queue', $1::text)::text)::text",
      [queue]
    )
  end

  @doc "List the queues that are paused, and since when: rows as `{queue, time in ISO 8601}`."
  @spec pauses() :: [{String.t(), String.t()}]
  def pauses do
    %{rows: rows} =
      Repo.query!("""
      SELECT queue, to_char(paused_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
      FROM public.badge_forge_queues
      WHERE paused_at IS NOT NULL
      """)

    Enum.map(rows, &List.to_tuple/1)
  end

  @doc "Enqueue another print of a badge (migration 0014): `[job_id, outcome, number]`."
  @spec print_again(String.t(), String.t() | nil) :: list
  def print_again(badge_id, reason) do
    sql = "SELECT * FROM public.badge_forge_print_again($1::text, $2::text)"
    hd(Repo.query!(sql, [badge_id, reason]).rows)
  end

  @doc "Record that a print that ended as unknown is in the tray (migration 0014): `[job_id, outcome]`."
  @spec settle_as_printed(String.t()) :: list
  def settle_as_printed(badge_id),
    do: hd(Repo.query!("SELECT * FROM public.badge_forge_printed($1::text)", [badge_id]).rows)

  @doc "Return the id of the badge of a job, in a list that is empty if there is none."
  @spec badge_of_job(pos_integer | String.t()) :: [String.t()]
  def badge_of_job(job_id) do
    %{rows: rows} =
      Repo.query!(
        """
        SELECT left(args->>'id', 36)
        FROM public.oban_jobs
        WHERE id = ($1::text)::bigint
          AND queue IN ('badges', 'printing')
          AND jsonb_typeof(args->'id') = 'string'
        """,
        ["#{job_id}"]
      )

    List.flatten(rows)
  end

  @doc """
  Find badges whose name is LIKE `name`, or LIKE `unaccented` when `BadgeForge.History.unaccented/1` is applied, or
  whose id is LIKE `id`, or whose e-mail or ticket is `exact`. The newest come first, `limit` at most.

  Each row is `[id, name, company, type, state of the newest badge job, state of the newest print]`. A badge whose
  job was pruned is found by its print. Python's `find_badges.sql` is the same statement.
  """
  @spec find_badges(String.t(), String.t(), String.t(), String.t(), pos_integer) :: [list]
  def find_badges(name, unaccented, id, exact, limit) do
    %{rows: rows} =
      Repo.query!(
        """
        WITH matching AS MATERIALIZED (
          SELECT id, args->>'id' AS badge_id
          FROM public.oban_jobs
          WHERE queue IN ('badges', 'printing')
            AND jsonb_typeof(args->'id') = 'string'
            AND (
              args->>'name' ILIKE $1::text
              OR args->>'id' LIKE $2::text
              OR lower(args->>'email') = lower($5::text)
              OR meta->>'ticket' = $5::text
              OR (
                args->>'name' !~ '^[ -~]*$'
                AND translate(
                  regexp_replace(normalize(lower(args->>'name'), NFKD), '[\\u0300-\\u036f]', '', 'g'),
                  'łøđħı',
                  'lodhi'
                ) LIKE $3::text
              )
            )
          ORDER BY id DESC
          LIMIT 1000
        ),
        badges AS (
          SELECT badge_id, max(id) AS id
          FROM matching
          GROUP BY badge_id
          ORDER BY max(id) DESC
          LIMIT ($4::text)::integer
        )
        SELECT
          left(badges.badge_id, 40),
          left(coalesce(badge.args, job.args)->>'name', 200),
          left(badge.args->>'company', 200),
          left(badge.args->>'type', 40),
          badge.state::text,
          (
            SELECT (array_agg(state::text ORDER BY id DESC))[1]
            FROM public.oban_jobs
            WHERE queue = 'printing' AND args @> jsonb_build_object('id', badges.badge_id)
          ) AS print_state
        FROM badges
        JOIN public.oban_jobs AS job ON job.id = badges.id
        LEFT JOIN LATERAL (
          SELECT (array_agg(id ORDER BY id DESC))[1] AS id
          FROM public.oban_jobs
          WHERE queue = 'badges' AND args @> jsonb_build_object('id', badges.badge_id)
        ) AS newest ON true
        LEFT JOIN public.oban_jobs AS badge ON badge.id = newest.id
        ORDER BY badges.id DESC
        """,
        [name, id, unaccented, "#{limit}", exact]
      )

    rows
  end

  @doc """
  Return the newest 20 jobs of a badge, of both queues, oldest first, each with its newest 50 errors.

  Each is a map with the keys of `BadgeForge.History.Job`. Times are texts, and the errors are one JSON document.
  Python's `badge_jobs.sql` is the same statement.
  """
  @spec badge_jobs(String.t()) :: [map]
  def badge_jobs(badge_id) do
    columns =
      ~w(id queue state attempt max_attempts priority name company type design file batch_id node)a ++
        ~w(inserted_at scheduled_at attempted_at completed_at cancelled_at discarded_at errors)a

    %{rows: rows} =
      Repo.query!(
        """
        SELECT
          id,
          queue,
          state::text,
          attempt,
          max_attempts,
          priority,
          left(args->>'name', 200) AS name,
          left(args->>'company', 200) AS company,
          left(args->>'type', 40) AS type,
          left(args->>'design', 60) AS design,
          left(coalesce(args->>'file', args->>'path'), 4096) AS file,
          left(meta->>'batch_id', 40) AS batch_id,
          left(attempted_by[1], 200) AS node,
          to_char(inserted_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS inserted_at,
          to_char(scheduled_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS scheduled_at,
          to_char(attempted_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS attempted_at,
          to_char(completed_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS completed_at,
          to_char(cancelled_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS cancelled_at,
          to_char(discarded_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS discarded_at,
          (
            SELECT coalesce(jsonb_agg(error ORDER BY number), '[]')::text
            FROM (
              SELECT
                number,
                jsonb_build_object(
                  'attempt', error->'attempt',
                  'at', left(error->>'at', 40),
                  'error', CASE WHEN error->>'error' LIKE '** (%' THEN left(error->>'error', 2000)
                                ELSE right(error->>'error', 2000) END
                ) AS error
              FROM unnest(errors) WITH ORDINALITY AS element (error, number)
              ORDER BY number DESC
              LIMIT 50
            ) AS newest_errors
          ) AS errors
        FROM (
          SELECT *
          FROM (
            SELECT *
            FROM public.oban_jobs
            WHERE queue IN ('badges', 'printing') AND args @> jsonb_build_object('id', $1::text)
            OFFSET 0
          ) AS job
          ORDER BY id DESC
          LIMIT 20
        ) AS newest
        ORDER BY id
        """,
        [badge_id]
      )

    Enum.map(rows, &(columns |> Enum.zip(&1) |> Map.new()))
  end

  @doc """
  Write a heartbeat into the row of a job, the time in seconds since 1970.

  Returns `:lost` if the row no longer belongs to this attempt.
  """
  @spec beat(pos_integer, pos_integer) :: :ok | :lost
  def beat(job_id, attempt) do
    %{rows: rows} =
      Repo.query!(
        """
        UPDATE public.oban_jobs
        SET meta = coalesce(meta, '{}')
                   || jsonb_build_object('heartbeat', extract(epoch FROM clock_timestamp()))
        WHERE id = ($1::text)::bigint AND state = 'executing' AND attempt = ($2::text)::integer
        RETURNING id
        """,
        ["#{job_id}", "#{attempt}"]
      )

    if rows == [], do: :lost, else: :ok
  end

  @doc """
  Merge a JSON object into the meta of a job. A key whose value is null is removed.

  Returns `:lost`, and changes nothing, if the row no longer belongs to this attempt.
  """
  @spec merge_meta(pos_integer, pos_integer, String.t()) :: :ok | :lost
  def merge_meta(job_id, attempt, json) do
    %{rows: rows} =
      Repo.query!(
        """
        UPDATE public.oban_jobs
        SET meta = (coalesce(meta, '{}') || ($3::text)::jsonb) - ARRAY(
          SELECT key FROM jsonb_each(($3::text)::jsonb) WHERE value = 'null'
        )
        WHERE id = ($1::text)::bigint AND state = 'executing' AND attempt = ($2::text)::integer
        RETURNING id
        """,
        ["#{job_id}", "#{attempt}", json]
      )

    if rows == [], do: :lost, else: :ok
  end

  @doc """
  Return `{state, error, confirmation}` of a badge's job: its state, nil if its row was deleted, the line of its last
  error, and the args of its confirmation as JSON, nil while there is none.
  """
  @spec answer(pos_integer, String.t()) :: {String.t() | nil, String.t() | nil, String.t() | nil}
  def answer(job_id, badge_id) do
    %{rows: [row]} =
      Repo.query!(
        """
        SELECT
          badge.state::text,
          left(CASE WHEN badge.error LIKE '** (%' THEN split_part(badge.error, E'\\n', 1)
                    ELSE substring(rtrim(badge.error, E' \\r\\n\\t') FROM '[^\\n]*$') END, 500),
          print.args::text
        FROM (SELECT ($1::text)::bigint AS id) AS wanted
        LEFT JOIN LATERAL (
          SELECT state, errors[array_upper(errors, 1)]->>'error' AS error
          FROM public.oban_jobs
          WHERE id = wanted.id
        ) AS badge ON true
        LEFT JOIN LATERAL (
          SELECT args
          FROM public.oban_jobs
          WHERE coalesce(badge.state::text, 'completed') = 'completed'
            AND queue = 'printing'
            AND args @> jsonb_build_object('id', $2::text)
            AND id > wanted.id
          ORDER BY id DESC
          LIMIT 1
        ) AS print ON true
        """,
        ["#{job_id}", badge_id]
      )

    List.to_tuple(row)
  end

  @doc "Return the state of a job, `nil` if its row was deleted."
  @spec state(pos_integer) :: String.t() | nil
  def state(job_id) do
    sql = "SELECT state::text FROM public.oban_jobs WHERE id = ($1::text)::bigint"
    %{rows: rows} = Repo.query!(sql, ["#{job_id}"])
    rows |> List.flatten() |> List.first()
  end

  @doc """
  Write the row of a producer into `oban_producers`. Returns `{requested, paused_at}`: the action that was requested
  there, `"pause"`, `"resume"` or `nil`, which is returned once; and since when the queue's pause is remembered.

  `name` is that of the Oban instance; the rest is what `Oban.check_queue/2` returns. Python's
  `report_producer.sql` is the same statement.
  """
  @spec report_producer(String.t(), map) :: {String.t() | nil, String.t() | nil}
  def report_producer(name, %{uuid: uuid, node: node, queue: queue, limit: limit, paused: paused}) do
    %{rows: [[requested, paused_at]]} =
      Repo.query!(
        """
        INSERT INTO public.oban_producers AS producer (uuid, name, node, queue, meta)
        VALUES (
          ($1::text)::uuid, $2::text, $3::text, $4::text,
          jsonb_build_object('local_limit', ($5::text)::integer, 'paused', ($6::text)::boolean)
        )
        ON CONFLICT (uuid) DO UPDATE
        SET meta = (producer.meta - 'requested')
                   || jsonb_build_object('taken', producer.meta -> 'requested')
                   || excluded.meta,
            updated_at = excluded.updated_at
        RETURNING
          meta ->> 'taken',
          (
            SELECT paused_at::text FROM public.badge_forge_queues AS rule WHERE rule.queue = producer.queue
          ) AS paused_at
        """,
        [uuid, name, node, queue, "#{limit}", "#{paused}"]
      )

    {requested, paused_at}
  end

  @doc """
  Remember a pause or a resume (`action` is `"pause"` or `"resume"`) of queues for apps that start later, and request
  it of those that run. Returns the names of the queues that the table knows. Python's `request_state.sql` does the
  same in one statement.
  """
  @spec request_state(String.t(), [String.t()]) :: {:ok, [String.t()]} | {:error, Exception.t()}
  def request_state(action, queues) do
    names = Enum.join(queues, ",")

    with {:ok, %{rows: rows}} <-
           Repo.query(
             """
             UPDATE public.badge_forge_queues
             SET paused_at = CASE WHEN $1::text = 'pause' THEN coalesce(paused_at, timezone('UTC', now())) END
             WHERE queue = ANY (string_to_array($2::text, ','))
             RETURNING queue
             """,
             [action, names]
           ),
         {:ok, _requested} <-
           Repo.query(
             """
             UPDATE public.oban_producers
             SET meta = meta || jsonb_build_object('requested', $1::text)
             WHERE queue = ANY (string_to_array($2::text, ','))
             """,
             [action, names]
           ) do
      {:ok, rows |> List.flatten() |> Enum.sort()}
    end
  end

  @doc "List the queues whose pause is remembered."
  @spec paused_queues() :: {:ok, [String.t()]} | {:error, Exception.t()}
  def paused_queues do
    sql = "SELECT queue FROM public.badge_forge_queues WHERE paused_at IS NOT NULL"
    with {:ok, %{rows: rows}} <- Repo.query(sql), do: {:ok, List.flatten(rows)}
  end

  @doc "Delete the row of a producer."
  @spec delete_producer(String.t()) :: {:ok, term} | {:error, Exception.t()}
  def delete_producer(uuid),
    do: Repo.query("DELETE FROM public.oban_producers WHERE uuid = ($1::text)::uuid", [uuid])

  @doc """
  Return the version of the schema, which is Oban's comment on its table. It is `"missing"` without the tables
  of `db/migrations/`, `"unguarded"` without the trigger of migration 0011, `"forgetful"` without the
  column of migration 0013, and `"forbidden"` if this role may not write `oban_producers` or remember a pause.
  """
  @spec schema_version() :: {:ok, String.t()} | {:error, Exception.t()}
  def schema_version do
    with {:ok, %{rows: [[version]]}} <-
           Repo.query("""
           SELECT
             CASE WHEN to_regclass('public.oban_jobs') IS NULL
                    OR to_regclass('public.oban_producers') IS NULL
                    OR to_regclass('public.badge_forge_queues') IS NULL THEN 'missing'
                  WHEN NOT EXISTS (
                    SELECT FROM pg_trigger
                    WHERE tgrelid = to_regclass('public.oban_jobs') AND tgname = 'badge_forge_reprint'
                  ) THEN 'unguarded'
                  WHEN NOT EXISTS (
                    SELECT FROM pg_attribute
                    WHERE attrelid = to_regclass('public.badge_forge_queues') AND attname = 'paused_at'
                  ) THEN 'forgetful'
                  WHEN NOT has_table_privilege('public.oban_producers', 'UPDATE')
                    OR NOT has_any_column_privilege('public.badge_forge_queues', 'UPDATE') THEN 'forbidden'
                  ELSE coalesce(obj_description(to_regclass('public.oban_jobs'), 'pg_class'), 'missing')
             END
           """) do
      {:ok, version}
    end
  end

  @doc """
  Tell whether a pooler such as PgBouncer is between the app and the server: it gives each client another number than
  that of the server's process. The stand-in for Oban does not know its number.
  """
  @spec pooled?() :: boolean
  def pooled? do
    case Repo.query("SELECT pg_backend_pid()") do
      {:ok, %{rows: [[process]], connection_id: given}} -> process != given
      _unknown -> false
    end
  end

  @doc """
  Return `{table, user, application, process}` of a lock on a table that a session of this role waits for: who holds
  it. `nil` if none waits.
  """
  @spec awaited_lock() :: {String.t(), String.t(), String.t() | nil, pos_integer} | nil
  def awaited_lock do
    result =
      Repo.query("""
      SELECT
        lock.relation::regclass::text,
        holder.usename::text,
        left(nullif(regexp_replace(holder.application_name, '[^ -~]', '_', 'g'), ''), 40),
        holder.pid
      FROM pg_stat_activity AS waiting
      JOIN pg_locks AS lock ON lock.pid = waiting.pid AND NOT lock.granted AND lock.locktype = 'relation'
      CROSS JOIN unnest(pg_blocking_pids(waiting.pid)) AS blocking (pid)
      JOIN pg_stat_activity AS holder ON holder.pid = blocking.pid
      WHERE waiting.usename = current_user AND waiting.datname = current_database()
      LIMIT 1
      """)

    case result do
      {:ok, %{rows: [row]}} -> List.to_tuple(row)
      _none -> nil
    end
  end

  @doc """
  List the queues of `BadgeForge.Queues` that the table of the triggers does not have with their worker.

  Without that table, it is an error.
  """
  @spec unregistered_queues() :: {:ok, [String.t()]} | {:error, Exception.t()}
  def unregistered_queues do
    entries = for queue <- Queues.all(), do: %{queue: queue.name, worker: Queues.worker(queue)}

    with {:ok, %{rows: rows}} <-
           Repo.query(
             """
             SELECT queue
             FROM jsonb_to_recordset(($1::text)::jsonb) AS entry (queue text, worker text)
             WHERE NOT EXISTS (
               SELECT FROM public.badge_forge_queues AS known
               WHERE known.queue = entry.queue AND known.worker = entry.worker
             )
             ORDER BY queue
             """,
             [Oban.JSON.encode!(entries)]
           ) do
      {:ok, List.flatten(rows)}
    end
  end
end
