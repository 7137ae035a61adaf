defmodule BadgeForge.Worker do
  @moduledoc """
  An Oban worker of your own: `c:work/2` gets args that keep the contract, and runs with heartbeats.

      defmodule MyApp.Notice do
        use BadgeForge.Worker, queue: :notices, max_attempts: 5

        @impl BadgeForge.Worker
        def work(%{"text" => text}, _job), do: MyApp.post(text)
      end

  The options are those of `Oban.Worker`. The queue has an entry in `BadgeForge.Queues`. Args that break its contract
  cancel the job, with a message that begins with the field. The job is ended after the entry's `:timeout_s`.
  """

  alias BadgeForge.{Contract, Heartbeat, LogArgs, Queues, SafeText}

  require Logger

  @doc """
  Do the work of a job, and return what `c:Oban.Worker.perform/1` may return.

  It may run twice, after a crash for example, so it must be safe to repeat. It runs in a process that is killed when
  the job is cancelled or rescued.
  """
  @callback work(args :: map, job :: Oban.Job.t()) ::
              :ok | {:ok, term} | {:error, term} | {:cancel, term} | {:snooze, pos_integer}

  @doc false
  defmacro __using__(opts) do
    quote do
      use Oban.Worker, unquote(opts)
      @behaviour BadgeForge.Worker

      @impl Oban.Worker
      def timeout(job), do: BadgeForge.Worker.timeout(job)

      @impl Oban.Worker
      def perform(job), do: BadgeForge.Worker.perform(job, &work/2)

      defoverridable timeout: 1
    end
  end

  @doc "Return the time limit of a job, in milliseconds."
  @spec timeout(Oban.Job.t()) :: pos_integer
  def timeout(job), do: :timer.seconds(Queues.fetch!(job.queue).timeout_s)

  @doc "Check the args of a job, and call `work` with heartbeats."
  @spec perform(Oban.Job.t(), (map, Oban.Job.t() -> result)) :: result | {:cancel, String.t()}
        when result: term
  def perform(%Oban.Job{args: args} = job, work) do
    case check(Queues.fetch!(job.queue).contract, args) do
      :ok ->
        Heartbeat.during(job, fn -> work.(args, job) end)

      {:error, error} ->
        line = "Cancelled job #{job.id} of the queue #{job.queue}"
        message = Exception.message(error)
        Logger.warning(LogArgs.line("#{line}: #{SafeText.line(message)}", line))
        {:cancel, message}
    end
  end

  defp check(nil, _args), do: :ok
  defp check(contract, args), do: Contract.check(contract, args)
end
