# Enqueues a batch and prints the seconds it took: mix run enqueue.exs COUNT
[count] = System.argv()
{microseconds, :ok} = :timer.tc(fn -> BadgeForge.enqueue_batch(String.to_integer(count)) end)
IO.puts(microseconds / 1_000_000)
