"""The wall: badges appear in a browser as they are made.

`app.py` is what serves it. One task reads the table for all clients (`poller.py`) and gives each what
changed (`broadcast.py`).
"""
