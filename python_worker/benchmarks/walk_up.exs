# Enqueues COUNT single badges at random intervals: mix run walk_up.exs COUNT
[count] = System.argv()

for number <- 1..String.to_integer(count) do
  attendee = %{name: "Walk Up", company: "At the desk", type: "speaker", title: "Number #{number}"}
  {:ok, _job} = BadgeForge.enqueue(attendee)
  Process.sleep(Enum.random(100..250))
end
