-- Let the triggers know the queue `printers`, in which the Python side asks the print center about its printers.
-- `badge-forge db migrate` would register it too; a database that is only migrated has it from here.
INSERT INTO badge_forge_queues (queue, worker, runs_in) VALUES ('printers', 'BadgeForge.Printers', 'elixir')
ON CONFLICT (queue) DO NOTHING;
