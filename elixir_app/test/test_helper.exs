%{rows: [[jobs]]} = BadgeForge.Repo.query!("SELECT count(*) FROM public.oban_jobs")

if jobs > 0 do
  IO.puts(:stderr, "The tests empty oban_jobs, and it holds #{jobs} jobs: use another database")
  System.halt(1)
end

# A test that hangs fails with what it waits for, before ExUnit stops it.
hang_ms = BadgeForge.Case.hang_ms()
ExUnit.start(capture_log: true, assert_receive_timeout: hang_ms, timeout: 2 * hang_ms)
