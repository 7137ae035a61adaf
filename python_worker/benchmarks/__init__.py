"""`make bench`: measure the cost of a badge and compare it with other ways to make one.

`python -m benchmarks` measures everything, `python -m benchmarks renderer` one part.
"""
