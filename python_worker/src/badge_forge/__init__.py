"""Badge Forge's Python worker: renders conference badges that an Elixir app enqueues."""
