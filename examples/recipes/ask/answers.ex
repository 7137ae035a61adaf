defmodule MyApp.Answers do
  use Oban.Worker

  @impl Oban.Worker
  def perform(%Oban.Job{args: answer, meta: %{"ask" => ref}}) do
    # No process asks any more if the answer comes after the timeout.
    for {pid, _} <- Registry.lookup(MyApp.Asking, ref), do: send(pid, {:answer, ref, answer})
    :ok
  end
end
