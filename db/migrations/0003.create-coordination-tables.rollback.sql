DROP TABLE oban_producers;
DROP TABLE oban_leaders;
DROP TABLE oban_peers;
