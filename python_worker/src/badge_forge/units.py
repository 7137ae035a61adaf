"""Lengths: millimetres are the print shop's, points PDF's, pixels CSS's."""

PT_PER_MM = 72 / 25.4
PX_PER_MM = 96 / 25.4
PX_PER_PT = 96 / 72
