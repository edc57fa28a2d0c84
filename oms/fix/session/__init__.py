"""A FIX session without I/O: inputs and a time in, events out; the state is the fold of the events.

    decide(config, state, session_input, now_ns) -> events       pure
    evolve(state, event)                                          the only way the state changes

`Connection` does both at once, for owners that need no journal.
"""
