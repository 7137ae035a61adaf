"""`make bench`: what a badge costs, against other ways to make it, with the spread of every figure.

`python -m benchmarks` measures it all, `python -m benchmarks renderer` one part of it.
"""
