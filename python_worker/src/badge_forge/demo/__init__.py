"""The demo: both applications started as by hand, one batch followed from Elixir and back."""
