"""Generates the types of both languages from the contracts in `db/contracts/`. Run `make contracts`.

Both languages are generated here, and not Elixir's by a mix task: one command needs one list of the
contracts, the test that compares them with the repository runs where Elixir is missing, and a mix task
could not run while the app does not compile, for example because a generated file is missing.
"""
