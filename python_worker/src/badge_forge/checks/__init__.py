"""Check a design with many names, and this machine for fonts and libraries."""
