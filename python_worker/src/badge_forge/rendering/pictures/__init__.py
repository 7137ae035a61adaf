"""The pictures of a design: PNG, JPEG, TIFF and the like, SVG, and pages of PDFs."""
