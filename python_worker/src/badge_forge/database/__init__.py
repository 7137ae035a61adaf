"""The shared database: choose it, start and stop it, migrate it, and create its roles."""
