"""Turn an `Attendee` into the bytes of a PDF. Nothing here imports Oban or psycopg."""
