"""Find the largest size at which a text fits into its box."""
