"""Whom the words of a user are for, among the extensions of an account (K-050..K-063)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mockcloud.cloud.extensions.building import model_of
from mockcloud.cloud.extensions.extension import Extension
from mockcloud.settings import Edition, NoMatch

if TYPE_CHECKING:
    from mockcloud.nlu.invocation import Call, Callee
    from mockcloud.nlu.reading import Span


@dataclass(frozen=True, slots=True)
class Meant:
    """What an extension is to be told of what was said."""

    extension: str
    request: Literal["LaunchRequest", "IntentRequest", "SessionEndedRequest"]
    intent: str = ""
    """Of an IntentRequest; empty: nothing in its model fits, and it is not asked (K-061, K-062)."""
    values: "tuple[Span, ...]" = ()
    """Of its slots, in the order in which they were said."""


def understand(
    words: str,
    candidates: Iterable[Extension],
    edition: Edition,
    policy: NoMatch,
    current: Extension | None = None,
    playing: str = "",
    engine: str = "",
) -> Meant | None:
    """What is meant, or ``None`` if it is for no extension.

    ``edition`` is the account's, ``policy`` what becomes of words that nothing fits, ``current`` the extension whose
    session is open, ``playing`` the id of the one whose audio the device plays, ``engine`` the setting ``nlu_engine``.
    """
    from mockcloud.nlu.building import engines_of
    from mockcloud.nlu.invocation import read

    callees = {one.id: one for one in candidates}
    if current is not None:
        callees[current.id] = current
    call = read(
        words,
        [callee(one, edition) for one in callees.values()],
        session=current.id if current is not None else "",
        playing=playing,
        engines=engines_of(engine),
    )
    if not call.extension:
        return None
    if call.request in ("LaunchRequest", "SessionEndedRequest"):
        return Meant(call.extension, call.request)
    return Meant(call.extension, "IntentRequest", *intent_of(call, policy))


def intent_of(call: "Call", policy: NoMatch) -> "tuple[str, tuple[Span, ...]]":
    """The intent that an extension is asked for, and its values: what was understood, or else what the policy makes of
    it (K-061). An empty one: it is not asked."""
    from mockcloud.nlu.builtin_intents import FALLBACK, GUIDE

    if call.intent:
        return call.intent, call.spans
    if policy == "nearest" and call.nearest is not None:
        return call.nearest.intent, call.nearest.spans
    return {"guide": GUIDE, "fallback": FALLBACK}.get(policy, ""), ()


def callee(extension: Extension, edition: Edition) -> "Callee":
    """The extension as understanding knows it: with the model that was built last."""
    from mockcloud.nlu.invocation import Callee

    return Callee(extension.id, extension.invocation_names, extension.lang, model_of(extension, edition))
