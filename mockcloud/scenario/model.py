"""A scenario as it is after loading: rules that say what the cloud answers, steps that say what happens.

Everything is frozen and already checked; what changes while it runs (the state, how often a rule matched) belongs
to the account. Texts may still be templates (`mockcloud.scenario.expressions`): their values are known when they
are used.
"""

from collections.abc import Mapping
from typing import Any, Literal

from mockcloud.clock import SECOND
from mockcloud.faults.fault import Fault
from mockcloud.settings import Edition
from mockcloud.vocabulary.replies import Outgoing
from mockcloud.vocabulary.value import Value

DEFAULT_DEVICE = "speaker"
"""The device of a scenario that gives none."""


class When(Value, frozen=True):
    """The conditions of a rule; ``None`` asks for nothing. All that are given must hold."""

    event: tuple[str, ...] | None = None
    """Full names, any of them."""
    says: Any = None
    """Pattern over the normalised words of a voice or typed request."""
    intent: tuple[str, ...] | None = None
    """What is understood by the words, any of them."""
    slots: Any = None
    """Pattern over the values of the intent's slots."""
    extension: str | None = None
    """Id of the extension that the words are for."""
    payload: Any = None
    context: Any = None
    header: Any = None
    device: str | None = None
    state: str | None = None
    nth: int | None = None
    """Only the n-th event for which all else holds, counted from 1."""

    @property
    def asks_for_words(self) -> bool:
        """Whether it takes the user's words to decide it."""
        return self.says is not None or self.intent is not None or self.extension is not None


class Rule(Value, frozen=True):
    name: str
    when: When
    then: tuple[Outgoing, ...] = ()
    state: str | None = None
    """The scenario's state after this rule."""
    fault: Fault | None = None
    file: str = ""
    line: int = 0
    templated: bool = False
    """Expressions stand in what it sends."""
    call: str = ""
    """URL of the code that answers instead of ``then``; empty: none does."""


class Expect(Value, frozen=True):
    """One thing that must (or, with ``never``, must not) be seen before the step's window ends."""

    pattern: Mapping[str, Any]
    """Over `mockcloud.journal.Entry.facts`; may hold templates."""
    within: int
    """Nanoseconds from the step's start."""
    never: bool = False
    line: int = 0
    name: str = ""
    """What steps after this one call the message by in expressions."""
    said: str = ""
    """The expectation in words: ``reconnect downchannel``; empty: the pattern says it."""

    def __str__(self) -> str:
        if self.said:
            return f"{'never ' if self.never else ''}{self.said}"
        kind = next((kind for kind in ("event", "directive", "observed") if kind in self.pattern), "")
        rest = {name: value for name, value in self.pattern.items() if name != kind}
        subject = f"{kind} {self.pattern[kind]}" if kind else "a message"
        return f"{'never ' if self.never else ''}{subject}" + (f" with {rest}" if rest else "")


class At(Value, frozen=True):
    """When a step is due: after something has been seen since the step before began, and then a while later."""

    after: Mapping[str, Any] | str | None = None
    """A pattern, or the name that an expectation gave (``as``); ``None``: the step before is done."""
    plus: int = 0
    """Nanoseconds."""
    within: int = 0
    """How long to wait for it."""


class Say(Value, frozen=True):
    """The user speaks."""

    words: str
    audio: str = ""
    """File with what the microphone hears; empty: a sound of the words' own."""

    def __str__(self) -> str:
        return f"say {self.words}"


class Type(Value, frozen=True):
    """The user types."""

    words: str

    def __str__(self) -> str:
        return f"type {self.words}"


class Press(Value, frozen=True):
    """The user presses a button of the device."""

    button: str

    def __str__(self) -> str:
        return f"press {self.button}"


class SendEvent(Value, frozen=True):
    """The device sends an event, with its context."""

    name: str
    """Full name."""
    payload: Mapping[str, Any]

    def __str__(self) -> str:
        return f"event {self.name}"


class Push(Value, frozen=True):
    """The cloud pushes a directive."""

    outgoing: Outgoing

    def __str__(self) -> str:
        return f"push {self.outgoing.name}"


class SwitchPower(Value, frozen=True):
    """The user switches the device on or off."""

    on: bool

    def __str__(self) -> str:
        return f"power {'on' if self.on else 'off'}"


class LogIn(Value, frozen=True):
    """The device changes to the account's user, or to a guest."""

    who: Literal["user", "guest"]

    def __str__(self) -> str:
        return f"login {self.who}"


class AnswerTerms(Value, frozen=True):
    """The user answers the page with the terms of use."""

    answer: Literal["accept", "decline"]

    def __str__(self) -> str:
        return f"terms {self.answer}"


class Inject(Value, frozen=True):
    """Something goes wrong on purpose."""

    fault: Fault

    def __str__(self) -> str:
        return f"fault {self.fault.effect.name} on {self.fault.on}"


class UseApp(Value, frozen=True):
    """The user does something in the companion app."""

    action: str
    """A key of `mockcloud.scenario.app.ACTIONS`."""
    members: Mapping[str, Any]

    def __str__(self) -> str:
        return f"app {self.action}"


class Wait(Value, frozen=True):
    """Time passes."""

    span: int
    """Nanoseconds."""

    def __str__(self) -> str:
        return f"wait {self.span / SECOND:g} s"


class Advance(Value, frozen=True):
    """The clocks of the account and its devices are moved on."""

    span: int
    """Nanoseconds."""

    def __str__(self) -> str:
        return f"advance {self.span / SECOND:g} s"


class Parallel(Value, frozen=True):
    """Steps that begin together."""

    steps: tuple["Step", ...]

    def __str__(self) -> str:
        return " | ".join(map(str, self.steps))


class Await(Value, frozen=True):
    """Nothing is done: something must follow from what was done before."""

    def __str__(self) -> str:
        return "expect"


Action = (
    Say
    | Type
    | Press
    | SendEvent
    | Push
    | SwitchPower
    | LogIn
    | AnswerTerms
    | Inject
    | UseApp
    | Wait
    | Advance
    | Parallel
    | Await
)
"""What a step does. Texts, payloads and the app's members may hold templates."""


class Step(Value, frozen=True):
    """Something that happens, and what must follow."""

    action: Action
    expect: tuple[Expect, ...] = ()
    line: int = 0
    device: str = ""
    """Which of several; empty: the first one, and for pushes and expectations every one."""
    at: At | None = None
    in_order: bool = True
    only: bool = False
    """No message of the kinds that ``expect`` lists may be seen beside those that it lists."""

    @property
    def parts(self) -> tuple["Step", ...]:
        """The steps that begin together; empty: it is one by itself."""
        return self.action.steps if isinstance(self.action, Parallel) else ()

    def __str__(self) -> str:
        return f"{self.device}: {self.action}" if self.device and not self.parts else str(self.action)


class ExtensionAnswer(Value, frozen=True):
    """What an extension without a server answers, and to what; ``None`` asks for nothing."""

    request: str | None
    """Type of the request."""
    intent: tuple[str, ...] | None
    slots: Any
    """Pattern over the values of the slots, by name."""
    attributes: Any
    """Pattern over what the session has stored."""
    linked: bool | None
    """Whether the request carries an access token."""
    nth: int | None
    """Which of the requests for which all else holds and that no earlier answer took."""
    message: Mapping[str, Any]
    """The answer; may hold templates."""
    keeps_attributes: bool
    """The session's attributes stay as they are."""
    templated: bool
    line: int


class ExtensionGiven(Value, frozen=True):
    """An extension that the scenario registers."""

    id: str
    registration: Mapping[str, Any]
    """As the console takes it; without ``url`` if the scenario answers for it."""
    intents: Mapping[str, tuple[str, ...]]
    """Its intents with their slots, the built-in ones among them."""
    answers: tuple[ExtensionAnswer, ...]
    """The first whose conditions hold; empty: it has a server."""
    file: str
    line: int


class DeviceGiven(Value, frozen=True):
    """A device of the scenario; ``None`` leaves a property to the bundled device."""

    name: str
    """Its name in the scenario, and its ``device_id``."""
    display: Mapping[str, Any] | None = None
    """Payload of Device.Display."""
    device_state: Mapping[str, Any] | None = None
    """Members of Device.DeviceState to put over those of a plain speaker; ``None`` takes one away."""
    guest: bool = False
    lang: str | None = None
    tags: tuple[str, ...] = ()
    edition: Edition | None = None
    """Of the specification that its firmware was written by; ``None``: the account's."""
