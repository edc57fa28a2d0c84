"""The independent auditor of a simulated world: what it saw from outside, held against what must be.

It has its own decoding, run rule, hash chains, exposure, mandates, halts and order states, and shares no code with what it judges:
of ours it may import the generated messages and the witness only (`tests/architecture/test_oracle.py` holds that). A mistake in the
core can so not excuse itself here.
"""

from oms.testing.simulation.oracle.judge import Oracle
from oms.testing.simulation.oracle.kinds import Kind

__all__ = ["Kind", "Oracle"]
