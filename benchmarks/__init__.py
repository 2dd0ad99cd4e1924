"""Measurements beside each other in one run: machines are noisy, so compare inside a table, not between runs."""
