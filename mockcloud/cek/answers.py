"""Reading what an extension answers: every defect is a finding, and whatever can be understood is carried out.

The real platform was lenient, and so is this, unless it is to be strict: then the first violation makes the answer a
failure of class ``schema`` (or of the class that it belongs to).
"""

import re
from collections.abc import Callable
from typing import Any, Literal, cast

from mockcloud.cek.decoding import Unusable, excerpt_of, message_of
from mockcloud.cek.exchange import HttpAnswer
from mockcloud.cek.failures import Failure, FailureClass
from mockcloud.settings import LANGUAGES, Edition
from mockcloud.vocabulary.findings import Finding
from mockcloud.vocabulary.value import Value
from mockcloud.wire.messages import Json

Check = Callable[[Any, Edition], list[Finding]]
SpeechSetMode = Literal["brief_then_verbose", "verbose_only"]

_PLAYABLE = re.compile(r"https?://[^\s/]")
LONGEST_LIST = 100
"""Items of a list of the answer that are judged and carried out. A hundred thousand would hold everybody up."""


class Speech(Value, frozen=True):
    """One SpeechInfoObject (K-103): one Speak (K-104)."""

    kind: Literal["text", "url"]
    value: str
    """What is spoken, or where the audio is."""
    lang: str = ""
    """``ko``, ``ja``, ``en``; empty for a URL, and for a text whose language is not said: the account's."""
    token: str = ""
    """Given by the extension, to follow its playback (newer edition); empty: the cloud makes one."""
    content_type: str = ""
    """``application/vnd.apple.mpegurl`` for HLS, else empty."""


class OutputSpeech(Value, frozen=True):
    """What is spoken. A SpeechSet has ``verbose``, and then ``items`` is its brief half."""

    items: tuple[Speech, ...] = ()
    verbose: tuple[Speech, ...] = ()

    def for_display(self, size: str, mode: SpeechSetMode = "brief_then_verbose") -> tuple[Speech, ...]:
        """What a device with a display of that size is told, in order (K-105)."""
        if size != "none":
            return self.items
        if self.verbose and mode == "verbose_only":
            return self.verbose
        return self.items + self.verbose

    @property
    def text(self) -> str:
        """What RenderText shows: the texts, a line each, without URLs; of a SpeechSet the brief half (K-107)."""
        return "\n".join(item.value for item in self.items if item.kind == "text")


class AnsweredDirective(Value, frozen=True):
    """A directive that the extension wants the device to get (K-108), whether it may or not."""

    namespace: str
    name: str
    payload: Json
    message_id: str = ""
    """Empty: the cloud makes one (K-109)."""
    path: str = "response.directives"
    """Where in the answer it stands (``response.directives[0]``)."""

    @property
    def full_name(self) -> str:
        return f"{self.namespace}.{self.name}"


class CekAnswer(Value, frozen=True):
    """An answer, as far as it could be made out."""

    speech: OutputSpeech = OutputSpeech()
    card: Json = {}  # noqa: RUF012 (msgspec copies an empty default)
    """The content template; empty: the text that is spoken is shown (K-106)."""
    directives: tuple[AnsweredDirective, ...] = ()
    reprompt: OutputSpeech | None = None
    """Spoken once when the user says nothing; only if the session goes on (K-113)."""
    should_end_session: bool = True
    """A missing one is true, so that no microphone opens unasked, unless there is a reprompt."""
    session_attributes: Json = {}  # noqa: RUF012
    """What the session's next request brings back; it takes the place of what was stored before (K-088)."""
    findings: tuple[Finding, ...] = ()
    """Everything that is wrong with the answer, in the order in which it stands there; of a failure its own last."""
    message: Any = None
    """The JSON as it came, for the journal; of what is not JSON the text, shortened."""
    failure: Failure | None = None
    """Set if nothing of it can be carried out; the rest is empty then."""


def read_answer(
    answer: HttpAnswer, *, edition: Edition, check: Check, size_limit: int, strict: bool = False
) -> CekAnswer:
    """Make out what a server answered. Never raises, whatever came.

    ``check`` is `Catalogue.check_cek_response`; ``size_limit`` is in bytes, of the body unpacked.
    """
    findings: list[Finding] = []
    try:
        message = message_of(answer, size_limit, findings)
    except Unusable as end:
        return _failed(end.failure, findings, excerpt_of(answer.body))
    cut = _cut(message, findings)
    findings += check(cut, edition)
    if strict and (first := next((one for one in findings if one.severity == "violation"), None)):
        return _failed(_refusal(first), findings, message)
    response = cut.get("response")
    if not isinstance(response, dict) or not _says_anything(response):
        said = "there is nothing to be carried out: `response` needs an `outputSpeech`, a `card` or `directives`"
        return _failed(Failure("schema", said, "response"), findings, message)
    reprompted = _reprompt(response.get("reprompt"))
    attributes = message.get("sessionAttributes")
    return CekAnswer(
        speech=_speech(response.get("outputSpeech")),
        card=_object(message["response"].get("card")),
        directives=_directives(response.get("directives")),
        reprompt=reprompted if reprompted != OutputSpeech() else None,
        should_end_session=_flag(response.get("shouldEndSession"), default=reprompted == OutputSpeech()),
        session_attributes=_object(attributes),
        findings=tuple(findings),
        message=message,
    )


def _failed(failure: Failure, findings: list[Finding], message: Any) -> CekAnswer:
    return CekAnswer(findings=(*findings, failure.finding), message=message, failure=failure)


def _refusal(first: Finding) -> Failure:
    """What strictness makes of a violation."""
    kind = {"extension.status": "status", "extension.content-type": "content_type"}.get(first.code, "schema")
    return Failure(cast(FailureClass, kind), f"refused because strict: {first.said}", first.path)


def _cut(message: Json, findings: list[Finding]) -> Json:
    """The message without what makes a list of its response too long; a card is only judged by it."""
    response = message.get("response")
    if not isinstance(response, dict):
        return message
    cut = {name: _shortened(value, f"response.{name}", findings) for name, value in response.items() if name != "card"}
    return message | {"response": cut | ({"card": _shortened(response["card"])} if "card" in response else {})}


def _shortened(value: Any, path: str = "", findings: list[Finding] | None = None) -> Any:
    if isinstance(value, list):
        if len(value) > LONGEST_LIST and findings is not None:
            said = f"`{path}` has {len(value)} items, the first {LONGEST_LIST} are taken"
            findings.append(Finding("extension.too-large", said, path, ("K-131",)))
        return [_shortened(item, f"{path}[{at}]", findings) for at, item in enumerate(value[:LONGEST_LIST])]
    if isinstance(value, dict):
        return {name: _shortened(item, f"{path}.{name}", findings) for name, item in value.items()}
    return value


def _says_anything(response: Json) -> bool:
    """Whether an answer, wrong as it may be, tells what to do, if only to say nothing and to go on."""
    return (
        isinstance(response.get("outputSpeech"), dict | list | str)
        or bool(_object(response.get("card")))
        or bool(_directives(response.get("directives")))
        or _flag(response.get("shouldEndSession")) is not None
    )


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _flag(value: Any, default: bool | None = None) -> Any:
    """A truth value, perhaps written as text or number."""
    if isinstance(value, str):
        value = {"true": True, "false": False}.get(value.strip().lower())
    return bool(value) if isinstance(value, bool | int) else default


# -- speech: by its shape where its type does not say -----------------------------------------------------------


def _speech(value: Any) -> OutputSpeech:
    if not isinstance(value, dict):
        return OutputSpeech(_items(value))
    if "brief" not in value and "verbose" not in value:
        return OutputSpeech(_items(_values(value)))
    return OutputSpeech(_items(_values(value.get("brief"))), _items(_values(value.get("verbose"))))


def _reprompt(value: Any) -> OutputSpeech:
    """The speech of a reprompt, which may stand there without the ``outputSpeech`` around it."""
    return _speech(value.get("outputSpeech", value) if isinstance(value, dict) else None)


def _values(value: Any) -> Any:
    """The SpeechInfoObjects of something that has ``values``, or that is one."""
    return value["values"] if isinstance(value, dict) and "values" in value else value


def _items(value: Any) -> tuple[Speech, ...]:
    candidates = value if isinstance(value, list) else [value]
    return tuple(item for one in candidates if (item := _item(one)) is not None)


def _item(value: Any) -> Speech | None:
    if isinstance(value, str):
        value = {"value": value}
    said = value.get("value") if isinstance(value, dict) else None
    if isinstance(said, int | float) and not isinstance(said, bool):
        said = str(said)
    if not isinstance(said, str) or not said.strip():
        return None
    kind, token, content_type = (_text(value.get(name)) for name in ("type", "token", "contentType"))
    is_url = kind.lower() == "url" or (kind.lower() != "plaintext" and said.startswith(("http://", "https://")))
    if is_url:
        # A device could play nothing else, and the finding says so (K-104, C-097).
        return Speech("url", said.strip(), "", token, content_type) if _PLAYABLE.match(said.strip()) else None
    lang = _text(value.get("lang"))[:2].lower()
    return Speech("text", said, lang if lang in LANGUAGES else "", token, content_type)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


# -- directives --------------------------------------------------------------------------------------------------


def _directives(value: Any) -> tuple[AnsweredDirective, ...]:
    path = "response.directives"
    candidates = (
        [(one, f"{path}[{at}]") for at, one in enumerate(value)] if isinstance(value, list) else [(value, path)]
    )
    return tuple(item for one, where in candidates if (item := _directive(one, where)) is not None)


def _directive(value: Any, path: str) -> AnsweredDirective | None:
    if not isinstance(value, dict):
        return None
    if "header" not in value and isinstance(value.get("directive"), dict):
        value = value["directive"]
    header = _object(value.get("header"))
    namespace, name = _text(header.get("namespace")), _text(header.get("name"))
    if not namespace:
        namespace, _, name = name.rpartition(".")
    if not namespace or not name:
        return None
    return AnsweredDirective(namespace, name, _object(value.get("payload")), _text(header.get("messageId")), path)
