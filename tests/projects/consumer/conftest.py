"""Tests run in the order of their files, or in one that `--order SEED` decides."""

import random

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--order", type=int, default=0, metavar="SEED", help="shuffle the tests")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if seed := config.getoption("--order"):
        random.Random(seed).shuffle(items)
