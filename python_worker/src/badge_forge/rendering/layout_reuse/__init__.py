"""Reuse laid-out pages for other badges. This is an optimization: rendering works without it."""
