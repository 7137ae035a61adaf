"""Lay out a page once and reuse it for other badges. Optional: a speed-up only."""
