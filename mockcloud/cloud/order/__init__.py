"""Whether what a device reports can follow what it has reported before: speech, streams, alerts, dialogs.

Each thing that a device was given has a state; its table says where a report leads. A pair that the table calls
wrong is a finding, and the report is believed all the same: from then on the thing is in the state it speaks of.

Rule 1. Only what is known is judged. Things that were never given, or are forgotten, are in no table.
Rule 2. What the cloud may not have heard is not held against the device. When a connection breaks, an event is refused
        or given up, or a fault strikes, all is forgotten (`Course.forget`).
Rule 3. What is given once more begins anew.
Rule 4. A context is made a moment before its event is sent, perhaps beside another event. So a context counts as wrong
        when two events in a row contradict what was reported before.
"""

from mockcloud.cloud.order.course import Course

__all__ = ["Course"]
