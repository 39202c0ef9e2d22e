"""Feeding Seawall anything at all: mutated templates, machines, policies and apps, and what must hold of the answer.

`make fuzz SECONDS=60` runs the coverage-guided fuzzer over every target; what breaks the contract is made small and
kept in `tests/robustness/crashes`, where the test suite replays it.
"""
