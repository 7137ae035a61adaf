"""The demo: start both applications, and follow one batch from Elixir through Python and back."""
