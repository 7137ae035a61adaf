"""Make WeasyPrint's PDF ready for a print shop."""
