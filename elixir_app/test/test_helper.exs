%{rows: [[jobs]]} = BadgeForge.Repo.query!("SELECT count(*) FROM public.oban_jobs")

if jobs > 0 do
  IO.puts(:stderr, "The tests empty oban_jobs, and it holds #{jobs} jobs: use another database")
  System.halt(1)
end

# Messages arrive within milliseconds, unless the machine is busy with other tests.
ExUnit.start(capture_log: true, assert_receive_timeout: 30_000)
