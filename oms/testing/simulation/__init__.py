"""The whole system in one thread, from one seed: a world of processes that fail, and what an independent observer may see of it."""
