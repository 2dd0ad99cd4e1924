"""Shared by all tests: Hypothesis profiles that do not depend on the speed of the machine, and a flag of pytest."""

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.installed import Installed

collect_ignore = ["projects/consumer"]

# The same examples each time, so that a run tells of the change and not of its luck; `explore` looks for new ones.
PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("repeatable", derandomize=True, max_examples=60, **PATIENT)
settings.register_profile("explore", max_examples=2000, **PATIENT)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the transcripts of bundled scenarios anew")


@pytest.fixture(scope="session")
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether transcripts are to be written anew."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel in an environment of its own, one for all workers."""
    base = tmp_path_factory.getbasetemp()
    return Installed.once(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)
