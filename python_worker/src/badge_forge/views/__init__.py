"""What people see of the queues and the badges: read-only, from the table and the badges folder.

The commands `watch`, `wall` and `why` show it. A view that is opened late or restarted misses nothing,
because nothing is kept outside of the table.
"""
