DELETE FROM badge_forge_queues WHERE queue = 'printers';
