"""The terminal view: the queues, the latest badges, the failures and the applications, read-only.

`source.py` reads, `panes/` puts what was read into lines of text, `plain.py` prints them, and `app.py`
shows them on a terminal. The lines are the same with and without a terminal.
"""
