"""Renderer processes. Nothing here imports WeasyPrint."""
