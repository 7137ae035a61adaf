"""The shared database: which one, started how, with which schema."""
