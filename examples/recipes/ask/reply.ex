defmodule MyApp.Reply do
  @doc "Answer the process that asked, in either language."
  def reply(%Oban.Job{meta: %{"ask" => ref, "reply_to" => to}} = job, answer) do
    opts = [worker: to["worker"], queue: to["queue"], meta: %{ask: ref}]
    MyApp.Completion.complete_with(job, Oban.Job.new(answer, opts))
  end
end

defmodule MyApp.Reverse do
  use Oban.Worker, queue: :elixir

  @impl Oban.Worker
  def perform(%Oban.Job{args: %{"text" => text}} = job) do
    MyApp.Reply.reply(job, %{text: String.reverse(text)})
  end
end
