"""Renderer processes. No module of this package imports WeasyPrint."""
