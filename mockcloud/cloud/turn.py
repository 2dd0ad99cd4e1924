"""One event, with everything a behaviour may look at when it answers."""

from dataclasses import dataclass

from mockcloud.clock import Instant
from mockcloud.cloud.accounts import Account, Device, Question
from mockcloud.scenario.model import Rule
from mockcloud.settings import Lang
from mockcloud.vocabulary.value import Value
from mockcloud.wire.messages import Event, Json


@dataclass(slots=True)
class Turn:
    account: Account
    device: Device
    event: Event
    now: Instant
    words: str | None = None
    """What the user said or typed; ``None`` if nothing, or not known yet."""
    question: Question | None = None
    """The question that it answers."""
    dialog: bool = True
    """What answers it may carry a dialogRequestId (C-160)."""
    declined: Rule | None = None
    """The last rule whose code has said that the event is for somebody else: none up to it is asked again."""

    nlu_engine: str = ""
    """The setting of that name: who understands the models of extensions."""

    @property
    def payload(self) -> Json:
        return self.event.payload

    def text(self, name: str) -> str:
        """A member of the payload that should be text; empty if it is not there or is something else."""
        value = self.event.payload.get(name)
        return value if isinstance(value, str) else ""

    def context(self, full_name: str) -> Json:
        """The payload of a context object of this event, or an empty object."""
        return self.event.context_of(full_name) or {}

    @property
    def lang(self) -> Lang:
        """The language of the request, else the account's."""
        return self.account.lang_of(self.payload)

    @property
    def has_display(self) -> bool:
        """No Device.Display means a Full HD one; size ``none`` means none (C-186)."""
        return self.context("Device.Display").get("size") != "none"


class Words(Value, frozen=True):
    """An event that stands for an utterance: it is answered as if the user had said this."""

    text: str
    because: tuple[str, ...]
    dialog: bool = True
    """Whether what answers it may carry a dialogRequestId (C-160)."""
