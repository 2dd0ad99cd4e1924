"""Replaying scenarios: the one place that knows both the cloud and the bundled device."""

from mockcloud.replay.html import html
from mockcloud.replay.junit import junit
from mockcloud.replay.report import Failure, Report, StepReport
from mockcloud.replay.runner import over_loopback, replay

__all__ = ["Failure", "Report", "StepReport", "html", "junit", "over_loopback", "replay"]
