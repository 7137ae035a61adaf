"""Write PDFs that are ready for a print shop, from WeasyPrint's documents."""
