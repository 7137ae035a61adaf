defmodule RoomSigns.Notice do
  @moduledoc "Posts a notice for Python: a file in the folder `NOTICES_DIR`."

  use BadgeForge.Worker, queue: :notices, max_attempts: 5

  @impl BadgeForge.Worker
  def work(%{"room" => room, "text" => text}, _job) do
    "NOTICES_DIR" |> System.get_env(".") |> Path.join("#{room}.txt") |> File.write(text)
  end
end
