"""Faults on real processes, in rounds, with everything read and judged after each: see `oms.testing.chaos.__main__`."""
