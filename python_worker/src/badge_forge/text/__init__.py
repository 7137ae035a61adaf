"""Texts of people: clean-up, direction, language and scripts."""
