"""Find the largest font size at which a text fits into its box."""
