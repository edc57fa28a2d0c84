"""The life of one order, parent or child: its executions with their corrections, its quantities, its status, its requests."""
