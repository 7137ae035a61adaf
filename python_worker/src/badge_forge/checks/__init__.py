"""Checks of a design, with many test names, and of this machine's fonts and libraries."""
