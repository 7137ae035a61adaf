defmodule Oban.Worker do
  @moduledoc """
  `use Oban.Worker, queue: :printing, max_attempts: 20`, and `perform/1`, which returns `:ok`,
  `{:ok, value}`, `{:error, reason}`, `{:cancel, reason}` or `{:snooze, seconds}`. `timeout/1`
  (milliseconds) and `backoff/1` (seconds) may be overridden.
  """

  alias Oban.Job

  @callback perform(Job.t()) :: :ok | {:ok | :error | :cancel | :snooze, term}
  @callback timeout(Job.t()) :: pos_integer | :infinity
  @callback backoff(Job.t()) :: non_neg_integer

  defmacro __using__(defaults) do
    quote do
      alias Oban.{Job, Worker}
      @behaviour Worker
      @defaults [worker: __MODULE__] ++ unquote(defaults)

      def new(args, opts \\ []), do: Job.new(args, Keyword.merge(@defaults, opts))
      @impl Worker
      def timeout(%Job{}), do: :infinity
      @impl Worker
      def backoff(%Job{} = job), do: Worker.backoff(job)
      defoverridable Worker
    end
  end

  def from_string(name) do
    module = Module.safe_concat([name])

    if Code.ensure_loaded?(module) and function_exported?(module, :perform, 1),
      do: {:ok, module},
      else: {:error, %RuntimeError{message: "module is not a worker: #{name}"}}
  rescue
    ArgumentError -> {:error, %RuntimeError{message: "unknown worker: #{name}"}}
  end

  # The same as Oban's: 15 + 2 ** attempt seconds, plus up to 10 %.
  def backoff(%Job{attempt: attempt, max_attempts: max}) do
    seconds = 15 + 2 ** if(max <= 20, do: attempt, else: round(attempt / max * 20))
    seconds + trunc(:rand.uniform() * 0.1 * seconds)
  end
end
