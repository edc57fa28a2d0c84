"""FIX order state matrices, driven through the order state machine: `python -m oms.testing.order_matrices FILE…`."""
