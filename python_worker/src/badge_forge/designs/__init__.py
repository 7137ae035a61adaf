"""The shipped designs, and how a design is found, checked and loaded."""
