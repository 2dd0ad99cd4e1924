"""Events that only report something: 204, nothing follows."""

from collections.abc import Callable

from mockcloud.cloud.turn import Turn
from mockcloud.vocabulary.replies import Reply


def reported(item: str) -> Callable[[Turn], Reply]:
    """A behaviour that notes the event and answers nothing, because of that requirement."""
    reply = Reply(by="report", because=(item,))
    return lambda turn: reply  # noqa: ARG005 - every report is answered alike
