"""How long a test waits for what must come."""

PATIENCE = 60.0
"""Seconds. Many, since a machine under load is not a failure; what does come is never waited for."""
