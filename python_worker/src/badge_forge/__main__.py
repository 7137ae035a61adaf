"""`python -m badge_forge` is the same as the command `badge-forge`."""

from badge_forge.cli import main

main()
