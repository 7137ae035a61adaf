"""Attendee lists: read a file, recognise its columns, check each row, and merge the rows into people."""
