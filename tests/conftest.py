"""Shared by all tests: Hypothesis profiles that do not depend on the speed of the machine."""

from hypothesis import HealthCheck, settings

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)
settings.load_profile("default")
