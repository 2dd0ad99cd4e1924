"""Whom the words of a user are for, among the extensions of an account (K-050..K-063)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from mockcloud.cloud.extensions.building import model_of
from mockcloud.cloud.extensions.extension import Extension
from mockcloud.settings import Edition

if TYPE_CHECKING:
    from mockcloud.nlu.invocation import Callee


@dataclass(frozen=True, slots=True)
class Meant:
    """What an extension is to be told of what was said."""

    extension: str
    request: Literal["LaunchRequest", "IntentRequest", "SessionEndedRequest"]
    intent: str | None = None
    """``None``: nothing in its model fits (K-061, K-062)."""
    slots: dict[str, str] = field(default_factory=dict)
    nearest: str = ""
    """The intent that came nearest."""


def understand(
    words: str,
    candidates: Iterable[Extension],
    edition: Edition,
    current: Extension | None = None,
    playing: str = "",
) -> Meant | None:
    """What is meant, or ``None`` if it is for no extension.

    ``edition`` is the account's, ``current`` the extension whose session is open, ``playing`` the id of the one whose
    audio the device plays.
    """
    from mockcloud.nlu.invocation import read

    callees = {one.id: one for one in candidates}
    if current is not None:
        callees[current.id] = current
    call = read(
        words,
        [callee(one, edition) for one in callees.values()],
        session=current.id if current is not None else "",
        playing=playing,
    )
    if not call.extension:
        return None
    nearest = call.runners_up[0].intent if call.runners_up else ""
    return Meant(call.extension, call.request or "IntentRequest", call.intent or None, dict(call.slots), nearest)


def callee(extension: Extension, edition: Edition) -> "Callee":
    """The extension as understanding knows it: with the model that was built last."""
    from mockcloud.nlu.invocation import Callee

    return Callee(extension.id, extension.invocation_names, extension.lang, model_of(extension, edition))
