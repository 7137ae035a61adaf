"""The shipped designs, and the code that finds, checks and loads a design."""
