defmodule BadgeForge.AnswerTest do
  use BadgeForge.Case, async: false

  alias BadgeForge.{ContractError, PrintCenter}

  @id "7bfb7c39-c354-4cce-ad5b-f1be2814b17e"
  @file_name "ada-lovelace-#{@id}.pdf"
  @ada %{id: @id, name: "Ada Lovelace", company: "", type: "speaker"}

  setup :folders

  # Ask in another process: its task, and the id of the job that it waits for.
  defp asking do
    asked_before = length(jobs())
    task = Task.async(fn -> BadgeForge.ask(@ada, hang_ms()) end)

    [%{"id" => job_id}] =
      await("the job", fn -> List.first(jobs(asked_before)) && jobs(asked_before) end)

    {task, job_id}
  end

  defp jobs(skipped), do: Enum.drop(jobs(), skipped)

  # What the Python worker does in one transaction.
  defp confirm(job_id, badges, pdf, changes \\ %{}) do
    insert_print(badges, pdf, changes)
    change_job(job_id, "state = 'completed', completed_at = now()")
  end

  defp insert_print(badges, pdf, changes \\ %{}) do
    File.write!(Path.join(badges, @file_name), pdf)
    args = %{"id" => @id, "name" => "Ada", "file" => @file_name, "sha256" => sha256(pdf)}
    {:ok, _print} = args |> Map.merge(changes) |> PrintCenter.new() |> Oban.insert()
  end

  defp answer(task), do: Task.await(task, :infinity)

  test "is the path of the PDF, once the badge is confirmed", %{badges: badges} do
    {task, job_id} = asking()
    confirm(job_id, badges, "%PDF-1.7\nAda")
    assert answer(task) == {:ok, Path.join(badges, @file_name)}
    # For a person who is waiting.
    assert [%{"priority" => 0} | _confirmation] = jobs()
  end

  test "is not that of an earlier job of the badge", %{badges: badges} do
    {first, first_id} = asking()
    confirm(first_id, badges, "%PDF-1.7\nfirst")
    assert {:ok, _path} = answer(first)

    {second, second_id} = asking()
    # An earlier job can be confirmed after this one was enqueued.
    insert_print(badges, "%PDF-1.7\nlate")
    refute Task.yield(second, 200)
    confirm(second_id, badges, "%PDF-1.7\nsecond")
    assert {:ok, path} = answer(second)
    assert File.read!(path) =~ "second"

    {third, third_id} = asking()
    Repo.query!("DELETE FROM public.oban_jobs WHERE id = #{third_id}")
    assert {:error, "job " <> _deleted} = answer(third)
  end

  test "is the reason if the job was cancelled or discarded" do
    error = ~s|'{"error": "Traceback …\\nbadge_forge.errors.DesignError: no design a7"}'|

    for state <- ~w(cancelled discarded) do
      {task, job_id} = asking()
      change_job(job_id, "state = '#{state}', errors = errors || #{error}::jsonb")
      assert {:error, "badge_forge.errors.DesignError: no design a7"} = answer(task)
    end
  end

  test "comes although the job failed once and is retried", %{badges: badges} do
    {task, job_id} = asking()
    change_job(job_id, "state = 'retryable', scheduled_at = now() + interval '1 hour'")
    refute Task.yield(task, 200)
    confirm(job_id, badges, "%PDF-1.7\nAda")
    assert {:ok, _path} = answer(task)
  end

  test "is an error if the job was deleted, and the PDF if only the job was", %{badges: badges} do
    {task, job_id} = asking()
    Repo.query!("DELETE FROM public.oban_jobs WHERE id = #{job_id}")
    assert answer(task) == {:error, "job #{job_id} was deleted"}

    {:ok, job} = BadgeForge.enqueue(@ada)
    confirm(job.id, badges, "%PDF-1.7\nAda")
    Repo.query!("DELETE FROM public.oban_jobs WHERE id = #{job.id}")
    assert {:ok, _path} = BadgeForge.Answer.await(job, 0)

    Repo.query!("DELETE FROM public.oban_jobs WHERE queue = 'printing'")
    assert BadgeForge.Answer.await(job, 0) == {:error, "job #{job.id} was deleted"}
  end

  test "is an error if the PDF is missing, is another, or the confirmation names another file",
       context do
    %{badges: badges} = context

    for {changes, reason} <- [
          {%{"file" => "missing-#{@id}.pdf"}, "file: no such file"},
          {%{"sha256" => sha256("another")}, "sha256: is not that of the file"},
          {%{"file" => "../secret.pdf"}, "file: "}
        ] do
      {task, job_id} = asking()
      confirm(job_id, badges, "%PDF-1.7\nAda", changes)
      assert {:error, line} = answer(task)
      assert String.starts_with?(line, reason)
    end
  end

  test "is a timeout without a Python worker, and the badge remains enqueued" do
    assert BadgeForge.ask(@ada, 0) == {:error, :timeout}
    assert BadgeForge.ask(@ada, 120, priority: 3) == {:error, :timeout}
    assert [%{"state" => "available"}, %{"state" => "available", "priority" => 3}] = jobs()
  end

  test "is the contract's error for an invalid attendee, without a job" do
    assert {:error, %ContractError{field: "name"}} = BadgeForge.ask(%{@ada | name: " "})
    assert jobs() == []
  end

  test "needs a timeout in milliseconds" do
    for timeout <- [-1, 1.5, nil, :infinity] do
      assert_raise ArgumentError, ~r/\Atimeout_ms must be a whole number/, fn ->
        BadgeForge.ask(@ada, timeout)
      end
    end

    assert jobs() == []
  end
end
