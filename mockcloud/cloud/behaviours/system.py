"""System: the older way to ask for the alerts (``cic/interfaces/system.md``)."""

from mockcloud.cloud.behaviours.alerts import everything
from mockcloud.cloud.turn import Turn
from mockcloud.vocabulary.replies import Reply

NAMESPACE = "System"


def synchronize(turn: Turn) -> Reply:
    """The same content as Alerts.SynchronizeAlert (C-167)."""
    return Reply((everything(turn, "System.SynchronizeState"),), NAMESPACE, ("C-167", "C-169"))


TABLE = {"RequestSynchronizeState": synchronize}
