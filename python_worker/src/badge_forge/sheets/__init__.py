"""Imposition: place many badges on sheets for a print shop, or on label stock."""
