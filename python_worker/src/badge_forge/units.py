"""Conversions between units of length: millimetres (print shops), points (PDF) and pixels (CSS)."""

PT_PER_MM = 72 / 25.4
PX_PER_MM = 96 / 25.4
PX_PER_PT = 96 / 72
PT_PER_PX = 72 / 96
