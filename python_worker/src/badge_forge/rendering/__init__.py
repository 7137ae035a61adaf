"""Render badges: an `Attendee` in, PDF bytes out. This package does not import oban or psycopg."""
