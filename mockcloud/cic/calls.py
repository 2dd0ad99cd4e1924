"""Calls whose end somebody else than an event waits for: a question to the control API, or what is to go on then.

They are in `Core.calls` beside those to a recogniser (`mockcloud.cic.hearing`), to extensions
(`mockcloud.cic.extensions`) and to the code behind rules (`mockcloud.cic.rule_calls`).
"""

from collections.abc import Callable
from typing import Any

from mockcloud.cic.core import Core
from mockcloud.cic.operations import Outcome, problem
from mockcloud.vocabulary import RequestId
from mockcloud.vocabulary.commands import Answer, CancelCall, StartCall
from mockcloud.vocabulary.inputs import CallAnswered
from mockcloud.vocabulary.value import Value


class Asking(Value, frozen=True):
    """Somebody waits for the end of a call: for what is made of it."""

    request: RequestId
    outcome: Callable[[Any], Outcome]

    def answer(self, it: CallAnswered) -> Answer:
        outcome = problem(500, "It could not be done", it.error) if it.error else self.outcome(it.value)
        return Answer(self.request, outcome)


class GoingOn(Value, frozen=True):
    """What is done when a call has ended."""

    then: Callable[[CallAnswered], None]


def start(core: Core, request: RequestId, job: Any, patience: int, outcome: Callable[[Any], Outcome]) -> None:
    """Have somebody's question answered by the end of a call."""
    _begin(core, Asking(request, outcome), job, patience)


def start_and_go_on(core: Core, job: Any, patience: int, then: Callable[[CallAnswered], None]) -> None:
    """Begin a call, and go on when it has ended."""
    _begin(core, GoingOn(then), job, patience)


def _begin(core: Core, waiting: Asking | GoingOn, job: Any, patience: int) -> None:
    number = core.next_call()
    core.calls[number] = waiting
    core.out.append(StartCall(number, job, patience))


def withdraw(core: Core, request: RequestId) -> None:
    """Whoever asked has gone."""
    for number, waiting in list(core.calls.items()):
        if isinstance(waiting, Asking) and waiting.request == request:
            del core.calls[number]
            core.out.append(CancelCall(number))
