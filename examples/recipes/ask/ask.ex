defmodule MyApp.Ask do
  @doc "Ask a worker in Python: `{:ok, answer}`, or `{:error, :timeout}` after `timeout_ms`."
  def ask(worker, args, timeout_ms, ref \\ Ecto.UUID.generate()) do
    {:ok, _} = Registry.register(MyApp.Asking, ref, nil)
    reply_to = %{queue: Application.fetch_env!(:my_app, :answers), worker: "MyApp.Answers"}
    opts = [worker: worker, queue: :python, meta: %{ask: ref, reply_to: reply_to}]
    job = Oban.insert!(Oban.Job.new(args, opts))

    receive do
      {:answer, ^ref, answer} -> {:ok, answer}
    after
      timeout_ms -> Oban.cancel_job(job.id) && {:error, :timeout}
    end
  after
    Registry.unregister(MyApp.Asking, ref)
  end
end
