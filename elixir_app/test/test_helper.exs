%{rows: [[jobs]]} = BadgeForge.Repo.query!("SELECT count(*) FROM public.oban_jobs")

if jobs > 0 do
  IO.puts(:stderr, "The tests empty oban_jobs, and it holds #{jobs} jobs: use another database")
  System.halt(1)
end

ExUnit.start(capture_log: true)
