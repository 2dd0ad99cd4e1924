"""Scenarios: YAML files that script the cloud (``rules``) and a conversation with it (``steps``)."""

from mockcloud.scenario.model import At, DeviceGiven, Expect, Rule, Step, When
from mockcloud.scenario.scenario import Scenario

__all__ = ["At", "DeviceGiven", "Expect", "Rule", "Scenario", "Step", "When"]
