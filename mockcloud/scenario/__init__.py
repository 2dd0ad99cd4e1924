"""Scenarios: YAML files that script the cloud (``rules``) and a conversation with it (``steps``)."""

from mockcloud.scenario.model import Expect, Rule, Scenario, Step, When

__all__ = ["Expect", "Rule", "Scenario", "Step", "When"]
