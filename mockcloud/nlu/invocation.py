"""Which extension words are for, and what they mean to it (K-051..K-063).

In this order: the wake word is dropped; in a session the words that end it; the longest invocation name that is said
with a launch phrase, a particle or an end phrase; in a session its own model. What the cloud does with the answer (a
miss, another extension's name, a guest) is decided by whoever asked.

    call = read("피자봇에서 치즈 피자 두 판 주문해줘", [Callee("my.pizza", ("피자봇",), "ko", files)])
    call.request      # "IntentRequest"
    call.extension    # "my.pizza"
    call.intent       # "OrderPizza"
    call.slots        # {"pizzaType": "치즈", "pizzaAmount": "2"}
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from mockcloud.nlu.building import Engines, ModelFiles, engine
from mockcloud.nlu.builtin_intents import PLAYER_INTENTS
from mockcloud.nlu.engine import EngineFailed
from mockcloud.nlu.languages import language
from mockcloud.nlu.phrases import Phrases, Way, phrases
from mockcloud.nlu.reading import Reading, Runner, Span
from mockcloud.nlu.text import Text, key_of
from mockcloud.vocabulary.value import Value

RequestType = Literal["LaunchRequest", "IntentRequest", "SessionEndedRequest"]
_LONGEST_PARTICLE = 8
"""Characters."""


class Callee(Value, frozen=True):
    """An extension that words may be for: one that the user has enabled (K-060)."""

    id: str
    names: tuple[str, ...]
    """Its invocation names."""
    lang: str
    """``ko``, ``ja`` or ``en``, as it was registered: its phrases, particles and endings are of that language."""
    model: ModelFiles
    """Its built model; nothing of it is compiled before words are for this extension."""


class Call(Value, frozen=True):
    """What words mean to extensions. It explains itself."""

    words: str
    request: RequestType | None
    """What the extension is to be sent. ``None``: nothing; ``extension`` tells apart why."""
    extension: str = ""
    """Whom the words are for: named in them, or the one whose session is open. Empty: no extension (K-060)."""
    by_name: bool = False
    """Its invocation name was said."""
    name: str = ""
    """That name, as it was registered."""
    command: str = ""
    """The words that its model was asked with; empty for a launch or an end."""
    reading: Reading | None = None
    """What the model made of the command, even if it did not understand it; ``None`` if it was not asked."""
    why: str = ""
    """One sentence on why it was read so."""

    @property
    def intent(self) -> str:
        """Name of the intent; empty if there is none."""
        return (self.reading and self.reading.intent) or ""

    @property
    def slots(self) -> Mapping[str, str]:
        """Value by slot name, in the order in which they were said (K-070)."""
        return self.reading.slots if self.reading else {}

    @property
    def score(self) -> int:
        """Thousandths."""
        return self.reading.score if self.reading else 0

    @property
    def example(self) -> str:
        """The matched example, with its tags."""
        return self.reading.example if self.reading else ""

    @property
    def spans(self) -> tuple[Span, ...]:
        return self.reading.spans if self.reading else ()

    @property
    def runners_up(self) -> tuple[Runner, ...]:
        """Best first."""
        return self.reading.runners_up if self.reading else ()

    @property
    def nearest(self) -> Runner | None:
        """After a miss, the custom intent that came nearest, with its values (K-061 ``nearest``)."""
        return self.reading.nearest if self.reading else None

    @property
    def missed(self) -> bool:
        """An extension is meant, and nothing in its model fits (K-061, K-062)."""
        return bool(self.extension) and self.request is None

    def as_json(self) -> dict[str, Any]:
        return {
            "utterance": self.words,
            "request_type": self.request,
            "extension": self.extension or None,
            "name": self.name or None,
            "command": self.command,
            "intent": self.intent or None,
            "slots": dict(self.slots),
            "score": self.score,
            "example": self.example,
            "spans": [span.as_json() for span in self.spans],
            "runners_up": [runner.as_json() for runner in self.runners_up],
            "why": self.why,
        }


def read(
    words: str, callees: Sequence[Callee], *, session: str = "", playing: str = "", engines: Engines = engine
) -> Call:
    """Whom the words are for and what they mean there.

    Parameters:
        words: What was said or typed, a wake word included.
        callees: The extensions that may be called; of two equal names the first one's counts.
        session: Id of the extension whose session is open on this device; empty if none is.
        playing: Id of the extension whose audio the device plays: its player intents are understood without its name
            and without a session (K-032).
        engines: Who understands; ours if none is given.
    """
    text = Text.of(words)
    opened = _by_id(callees, session)
    if opened and (end := _end(words, text, opened)):
        return end
    named = _named(text, callees)
    if named is not None:
        found = _called(words, text, named, engines, active={session, playing})
        if found is not None:
            return found
    if opened:
        return _asked(words, words, opened, engines, f"the session with {opened.id} is open")
    player = _by_id(callees, playing)
    if player:
        heard = _asked(words, words, player, engines, f"the device plays audio of {player.id}")
        if heard.intent in PLAYER_INTENTS:
            return heard
    return Call(
        words, None, why="no invocation name is said with a launch phrase or a particle, and no session is open"
    )


def on_test_page(words: str, callee: Callee, *, engines: Engines = engine) -> Call:
    """What the console's test page shows: the words as a command to this extension, with or without its name."""
    text = Text.of(words)
    named = _named(text, [callee])
    if named is not None and named.kind == "call":
        return _asked(words, _command(text, named.end, callee.lang), callee, engines, "tested", named.name)
    return _asked(words, words, callee, engines, "tested")


class _Named(Value, frozen=True):
    """A name that was said, and how."""

    callee: Callee
    name: str
    kind: Literal["launch", "call", "end"]
    end: int
    """Where in the key the command begins."""
    said: str
    """What was said with the name, as the key has it."""


def _end(words: str, text: Text, opened: Callee) -> Call | None:
    """The end of the open session, said with its name or without (K-056)."""
    rules = phrases(opened.lang)
    if rules.ends.fullmatch(text.key, language(opened.lang).after_wake_word(text)):
        return Call(words, "SessionEndedRequest", opened.id, why=f"an end phrase in the session with {opened.id}")
    named = _named(text, [opened])
    if named is None or named.kind != "end":
        return None
    why = f"{named.name!r} with the end phrase {named.said!r}"
    return Call(words, "SessionEndedRequest", opened.id, by_name=True, name=named.name, why=why)


def _called(words: str, text: Text, named: _Named, engines: Engines, active: set[str]) -> Call | None:
    callee, name = named.callee, named.name
    if named.kind == "launch":
        why = f"{name!r} with the launch phrase {named.said!r}"
        return Call(words, "LaunchRequest", callee.id, by_name=True, name=name, why=why)
    if named.kind == "call":
        command = _command(text, named.end, callee.lang)
        why = f"{name!r} is called with {named.said!r}"
        asked = _asked(words, command, callee, engines, why, name)
        if asked.intent in PLAYER_INTENTS and callee.id not in active:
            # Neither does it play, nor is there a session with it: it has no such intents (K-032).
            return _asked(words, command, _without_player(callee), engines, why, name)
        return asked
    return None


def _asked(words: str, command: str, callee: Callee, engines: Engines, because: str, name: str = "") -> Call:
    try:
        reading = engines(callee.model, callee.lang).parse(command, lang=callee.lang)
    except EngineFailed as failure:
        reading = Reading(command, callee.lang, why=str(failure))
    why = f"{because}; {reading.why}" if reading.why else because
    request: RequestType | None = "IntentRequest" if reading.intent else None
    return Call(words, request, callee.id, bool(name), name, command, reading, why)


def _without_player(callee: Callee) -> Callee:
    files = callee.model
    silent = ModelFiles(files.intents, files.slot_types, player=False, names=files.names)
    return Callee(callee.id, callee.names, callee.lang, silent)


def _command(text: Text, start: int, lang: str) -> str:
    """What was written from this place of the key on, without the words that only pass it on (K-054)."""
    written = text.shown[text.origins[start] :]
    return phrases(lang).asked.sub("", written).strip() or written


def _named(text: Text, callees: Sequence[Callee]) -> _Named | None:
    """The longest name that is said with one of the phrases; of equal ones the first (K-060)."""
    names = [(key_of(name), name, callee) for callee in callees for name in callee.names]
    for key, name, callee in sorted(names, key=lambda each: -len(each[0])):
        if not key:
            continue
        found = _said_with(text, key, name, callee)
        if found is not None:
            return found
    return None


def _said_with(text: Text, key: str, name: str, callee: Callee) -> _Named | None:
    rules = phrases(callee.lang)
    start = language(callee.lang).after_wake_word(text)
    place = text.key.find(key, start)
    while place >= 0:
        after = place + len(key)
        whole: tuple[tuple[Literal["launch", "end"], tuple[Way, ...]], ...]
        whole = (("launch", rules.launch), ("end", rules.end))
        for kind, ways in whole:
            for way in _ways(ways, text, start, place):
                if way.after.fullmatch(text.key, after):
                    return _Named(callee, name, kind, len(text.key), text.key[after:] or text.key[start:place])
        for way in _ways(rules.call, text, start, place):
            end = _end_of_particle(text, way, after, rules)
            if end is not None:
                return _Named(callee, name, "call", end, text.key[after:end] or text.key[start:place])
        place = text.key.find(key, place + 1)
    return None


def _ways(ways: Sequence[Way], text: Text, start: int, place: int) -> Iterator[Way]:
    return (way for way in ways if way.before.fullmatch(text.key, start, place))


def _end_of_particle(text: Text, way: Way, start: int, rules: Phrases) -> int | None:
    """Where the longest particle ends that a command follows; where words are written apart it ends one."""
    for end in range(min(start + _LONGEST_PARTICLE, len(text.key) - 1), start - 1, -1):
        apart = not rules.blanks or len(text.starts) < 2 or text.begins(end)
        if apart and way.after.fullmatch(text.key, start, end):
            return end
    return None


def _by_id(callees: Sequence[Callee], id_: str) -> Callee | None:
    return next((callee for callee in callees if id_ and callee.id == id_), None)
