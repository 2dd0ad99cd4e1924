"""Replaying scenarios: the one place that knows both the cloud and the bundled device."""

from mockcloud.replay.report import Failure, Report, junit
from mockcloud.replay.runner import replay

__all__ = ["Failure", "Report", "junit", "replay"]
