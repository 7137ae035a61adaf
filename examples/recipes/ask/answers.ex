defmodule MyApp.Answers do
  use Oban.Worker
  @impl Oban.Worker
  def perform(%Oban.Job{args: answer, meta: %{"ask" => ref}}) do
    for {pid, _} <- Registry.lookup(MyApp.Asking, ref), do: send(pid, {:answer, ref, answer})
    :ok
  end
end
