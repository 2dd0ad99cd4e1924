"""Registering an extension: the rules of the developers' console, and the extension that comes of it (K-001..K-045).

A registration is what ``PUT /v1/extensions/{id}`` takes and what ``extensions/<id>.yaml`` holds. What the console would
refuse is a `Mistake`; what a reviewer would, is a warning of the extension.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from mockcloud.cek.signing import BREAKAGES, CHAIN_BREAKAGES
from mockcloud.cloud.extensions.building import console_name, members
from mockcloud.cloud.extensions.extension import Extension, Linking, ModelSource
from mockcloud.errors import Problem
from mockcloud.settings import EDITIONS, Edition
from mockcloud.vocabulary.value import Value
from mockcloud.wire.messages import Json

if TYPE_CHECKING:
    from mockcloud.nlu.building import ModelReport

LANGUAGES = ("ko", "ja", "en")
_MOST_TESTERS = 10
_MOST_NAMES: dict[Edition, int] = {"newer": 3, "4.4": 1}
_MOST_DOMAINS = _MOST_SCOPES = 15

_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_][A-Za-z0-9_-]*)+")
_INTENT = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_WAKE_WORDS = ("클로바", "샐리야", "제시카", "짱구야", "피노키오", "クローバ", "clova")
_RESERVED = (
    "오늘 날씨", "주요 뉴스", "시작해줘", "열어줘", "동작해줘", "종료해줘", "에게", "에서", "今日の天気",
    "主なニュース", "起動して", "開いて", "終了して",
)  # fmt: skip
"""Of built-in skills, of opening and ending, and particles of calling."""
_PLACES = ("WORLD_CITY", "WORLD_COUNTRY", "ADDRESS")
_SIMILAR = 0.8
"""From which likeness on two names are taken for one another."""

_TEXT: Json = {"type": "string"}
_TEXTS: Json = {"type": "array", "items": _TEXT}
_FILES: Json = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "properties": {
            "tsv": {**_TEXT, "description": "The text of the console's TSV file."},
            "file": {**_TEXT, "description": "The TSV file, relative to this one."},
        },
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    },
}
SCHEMA: Json = {
    "type": "object",
    "properties": {
        "account": {**_TEXT, "description": "Whose extension it is."},
        "type": {"enum": ["Custom"]},
        "name": {**_TEXT, "description": "Its name in the store."},
        "invocation_names": {**_TEXTS, "description": "What users call it."},
        "url": {**_TEXT, "description": "Where its server takes requests."},
        "lang": {"enum": list(LANGUAGES), "description": "The language of its users."},
        "edition": {"enum": list(EDITIONS), "description": "Edition of its requests; the account's unless given."},
        "profile": {"enum": ["plain", "wire"], "description": "wire: requests as production really sends them."},
        "audio_player": {"type": "boolean", "description": "It answers with directives of AudioPlayer."},
        "extra_directives": {**_TEXTS, "description": "Names of further directives that it may answer with."},
        "testers": _TEXTS,
        "maker": _TEXT,
        "contact": _TEXT,
        "enabled": {"type": "boolean", "description": "Whether the user has enabled it."},
        "linking": {
            "type": "object",
            "properties": {
                "login_url": _TEXT,
                "client_id": _TEXT,
                "client_secret": _TEXT,
                "access_token_uri": _TEXT,
                "refresh_uri": _TEXT,
                "account_url": _TEXT,
                "privacy_url": _TEXT,
                "domains": _TEXTS,
                "scopes": _TEXTS,
                "grant": {"enum": ["code", "token"]},
                "client_authentication": {"enum": ["basic", "body"]},
                "built_in": {"type": "boolean", "description": "Users log in at a page of mockcloud's own."},
            },
            "additionalProperties": False,
        },
        "signature": {"enum": list(BREAKAGES), "description": "How the signature of its requests is broken."},
        "trust": {**_TEXT, "description": "File with certificates of further authorities its server may have."},
        "verify": {"type": "boolean", "description": "Whether its server's certificate is looked at."},
        "model": {
            "type": "object",
            "properties": {"intents": _FILES, "slot_types": _FILES},
            "additionalProperties": False,
        },
        "build": {"type": "boolean", "description": "false: the model that was built last stays in use."},
    },
    "required": ["name", "invocation_names", "url", "model"],
    "additionalProperties": False,
}
"""A registration as people write it."""


class Mistake(Value, frozen=True):
    """Something that the console would refuse."""

    said: str
    path: tuple[str | int, ...] = ()
    """Where in the registration: ``("model", "intents", "OrderPizza")``."""
    because: tuple[str, ...] = ()
    hint: str = ""
    line: int = 0
    """Of the TSV text, counted from 1; 0: of none."""

    def as_json(self) -> Json:
        shown = ".".join(str(step) for step in self.path)
        return {
            "said": self.said,
            "path": shown,
            "line": self.line,
            "hint": self.hint,
            "because": list(self.because),
        }


class Refused(Exception):
    """The console would not take it: every mistake, not only the first."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(mistake.said for mistake in self.mistakes))


def register(
    extension_id: str,
    written: Mapping[str, Any],
    *,
    edition: Edition,
    strict_endpoint: bool = False,
    before: Extension | None = None,
    others: Iterable[Extension] = (),
) -> Extension:
    """The extension that a registration describes; its model is still to be built (`take_build`). Raises `Refused`.

    ``written`` has the shape of `SCHEMA`, with every model file as ``tsv``. ``before`` is what is registered under this
    id already: what is not said again is gone, but for the model in use and its linked account, which goes when the
    extension is disabled (K-140).
    """
    mistakes = [
        *_of_basics(extension_id, written, written.get("edition") or edition),
        *_of_endpoint(written.get("url"), strict_endpoint),
        *(_of_certificate(written) if strict_endpoint else ()),
        *_of_linking(written.get("linking"), written.get("edition") or edition),
        *_of_names_in_model(written.get("model") or {}),
    ]
    if mistakes:
        raise Refused(mistakes)
    extension = Extension(
        id=extension_id,
        name=written["name"],
        invocation_names=tuple(written["invocation_names"]),
        url=written["url"],
        model=_source(written.get("model") or {}),
        lang=written.get("lang") or "ko",
        edition=written.get("edition"),
        linking=_linking(written.get("linking"), extension_id),
        warnings=tuple(
            mistake.as_json() for mistake in _as_a_reviewer(written, written.get("edition") or edition, others)
        ),
    )
    for name in ("type", "profile", "audio_player", "maker", "contact", "enabled", "signature", "trust", "verify"):
        if written.get(name) is not None:
            setattr(extension, name, written[name])
    for name in ("extra_directives", "testers"):
        setattr(extension, name, tuple(written.get(name) or ()))
    if before is not None:
        extension.built, extension.report = before.built, before.report
        if extension.linking is not None and extension.enabled:
            extension.link, extension.grants = before.link, before.grants
    return extension


def take_build(extension: Extension, report: "ModelReport", *, use: bool) -> None:
    """Take what building its model has found. Raises `Refused` if the console would not build it.

    Without ``use`` the model that was in use before stays (K-037).
    """
    if report.errors:
        places = {console_name(extension.id, *one): one for one in members(extension.model)}
        raise Refused(_in_model(problem, places) for problem in report.errors)
    if use:
        extension.built, extension.report = extension.model, report.as_json()


def _in_model(problem: Problem, places: Mapping[str, tuple[str, str]]) -> Mistake:
    path = ("model", *places.get(problem.file, ()))
    return Mistake(problem.said, path, ("K-040", "K-042", "K-044"), problem.hint, problem.line)


def described(extension: Extension) -> Json:
    """The extension as the control API shows it: its registration, and what became of its model."""
    linking = extension.linking
    return {
        "id": extension.id,
        "type": extension.type,
        "name": extension.name,
        "invocation_names": list(extension.invocation_names),
        "url": extension.url,
        "lang": extension.lang,
        "edition": extension.edition,
        "profile": extension.profile,
        "audio_player": extension.audio_player,
        "extra_directives": list(extension.extra_directives),
        "testers": list(extension.testers),
        "maker": extension.maker,
        "contact": extension.contact,
        "enabled": extension.enabled,
        "linking": None
        if linking is None
        else {name: _plain(getattr(linking, name)) for name in SCHEMA["properties"]["linking"]["properties"]},
        "signature": extension.signature,
        "trust": extension.trust,
        "verify": extension.verify,
        "model": {
            "intents": {name: {"tsv": text} for name, text in extension.model.intents},
            "slot_types": {name: {"tsv": text} for name, text in extension.model.slot_types},
        },
        "built": extension.built == extension.model,
        "report": extension.report,
        "warnings": list(extension.warnings),
    }


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _source(model: Mapping[str, Any]) -> ModelSource:
    return ModelSource(
        tuple((name, one["tsv"]) for name, one in (model.get("intents") or {}).items()),
        tuple((name, one["tsv"]) for name, one in (model.get("slot_types") or {}).items()),
    )


def _linking(written: Mapping[str, Any] | None, extension_id: str) -> Linking | None:
    if not written:
        return None
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in written.items() if value is not None
    }
    if values.get("built_in"):
        values = {"login_url": "", **values, "client_id": values.get("client_id") or extension_id}
    return Linking(**values)


# What the console refuses


def _of_basics(extension_id: str, written: Mapping[str, Any], edition: Edition) -> Iterator[Mistake]:
    if not _ID.fullmatch(extension_id):
        hint = "Such as com.yourdomain.extension.pizzabot."
        yield Mistake(f"{extension_id!r} is no Extension ID: it is a domain read backwards", ("id",), ("K-002",), hint)
    if not str(written.get("name") or "").strip():
        yield Mistake("an extension needs a name", ("name",), ("K-002",))
    yield from _of_invocation_names(written.get("invocation_names") or [], edition)
    testers = written.get("testers") or []
    if len(testers) > _MOST_TESTERS:
        yield Mistake(f"{len(testers)} testers are too many: {_MOST_TESTERS} at most", ("testers",), ("K-002",))


def _of_invocation_names(names: list[str], edition: Edition) -> Iterator[Mistake]:
    most = _MOST_NAMES[edition]
    if not 1 <= len(names) <= most:
        wanted = "one invocation name" if most == 1 else f"one to {most} invocation names"
        said = f"there are {len(names)} invocation names; edition {edition} takes {wanted}"
        yield Mistake(said, ("invocation_names",), ("K-002",))
    for index, name in enumerate(names):
        if not name.strip():
            yield Mistake("an invocation name is text that is not empty", ("invocation_names", index), ("K-002",))
        elif name in names[:index]:
            yield Mistake(f"the invocation name {name!r} is there twice", ("invocation_names", index), ("K-002",))


def _of_endpoint(url: str | None, strict: bool) -> Iterator[Mistake]:
    parts = _split(url or "")
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        said = f"{url!r} is no URL of a server"
        yield Mistake(said, ("url",), ("K-004",), "Write scheme, host and path: http://127.0.0.1:5000/clova")
        return
    usual = 443 if parts.scheme == "https" else 80
    if strict and parts.port not in (None, usual):
        said = f"{parts.scheme} is served on port {usual}, not {parts.port}"
        yield Mistake(said, ("url",), ("K-004",), "Only `strict_endpoint: true` asks for that; leave it out here.")


def _of_certificate(written: Mapping[str, Any]) -> Iterator[Mistake]:
    """A certificate that not everybody trusts is not accepted."""
    for name, is_lax in (("verify", written.get("verify") is False), ("trust", bool(written.get("trust")))):
        if is_lax:
            said = f"{name} lets a certificate pass that the service would not accept"
            yield Mistake(said, (name,), ("K-004",), "Only `strict_endpoint: true` asks for that; leave it out here.")


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _of_linking(linking: Mapping[str, Any] | None, edition: Edition) -> Iterator[Mistake]:
    if not linking:
        return
    grant = linking.get("grant") or "code"
    yield from _of_its_server(linking, grant)
    for name in ("login_url", "access_token_uri", "refresh_uri", "account_url", "privacy_url"):
        parts = _split(linking.get(name) or "http://host")
        if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
            yield Mistake(f"{linking[name]!r} is no URL", ("linking", name), ("K-006",))
    if grant == "token" and edition != "4.4":
        said = "the grant `token` is offered in edition 4.4 only"
        yield Mistake(said, ("linking", "grant"), ("K-006", "K-145"), "Use `code`.")
    for name, most in (("domains", _MOST_DOMAINS), ("scopes", _MOST_SCOPES)):
        if len(linking.get(name) or ()) > most:
            said = f"{len(linking[name])} {name} are too many: {most} at most"
            yield Mistake(said, ("linking", name), ("K-006",))


def _of_its_server(linking: Mapping[str, Any], grant: str) -> Iterator[Mistake]:
    """Who lets users log in: a server with all its addresses, or ours."""
    if linking.get("built_in"):
        for name in ("login_url", "access_token_uri", "refresh_uri"):
            if linking.get(name):
                hint = "Leave it out, or leave built_in out."
                said = f"the built-in authorization server has its own address: {name} is of no use"
                yield Mistake(said, ("linking", name), ("K-149",), hint)
        return
    for name in ("login_url", "client_id", *(("access_token_uri", "client_secret") if grant == "code" else ())):
        if not linking.get(name):
            hint = "Without an authorization server of your own write `built_in: true` alone."
            yield Mistake(f"account linking needs {name}", ("linking", name), ("K-006",), hint)


def _of_names_in_model(model: Mapping[str, Any]) -> Iterator[Mistake]:
    for name in model.get("intents") or {}:
        if name.startswith("Clova."):
            said = f"{name} is no name for an intent of one's own: built-in intents are always there"
            yield Mistake(said, ("model", "intents", name), ("K-031",), "Leave it out.")
        elif not _INTENT.fullmatch(name):
            said = f"{name!r} is no name for an intent: letters, digits and _"
            yield Mistake(said, ("model", "intents", name), ("K-030",))
    for name in model.get("slot_types") or {}:
        if name.startswith("CLOVA."):
            said = f"{name} is a built-in type: it needs no entries, use it in a slot"
            yield Mistake(said, ("model", "slot_types", name), ("K-033",), "Leave it out.")
        elif not _INTENT.fullmatch(name):
            said = f"{name!r} is no name for a slot type: letters, digits and _"
            yield Mistake(said, ("model", "slot_types", name), ("K-034",))


# What a reviewer would say


def _as_a_reviewer(written: Mapping[str, Any], edition: Edition, others: Iterable[Extension]) -> Iterator[Mistake]:
    yield from _as_a_reviewer_of_names(written, others)
    if edition == "4.4" and written.get("linking") and not written["linking"].get("privacy_url"):
        said = "the console of edition 4.4 asks for the page about privacy that the store shows"
        yield Mistake(said, ("linking", "privacy_url"), ("K-006",), "Give a privacy_url.")
    if edition != "4.4" and written.get("signature") in CHAIN_BREAKAGES:
        said = f"`signature: {written['signature']}` changes nothing: edition {edition} names no certificates"
        yield Mistake(said, ("signature",), ("K-095", "K-096"), 'Register `edition: "4.4"` with it.')


def _as_a_reviewer_of_names(written: Mapping[str, Any], others: Iterable[Extension]) -> Iterator[Mistake]:
    """The rules for invocation names (K-009). What is generic, and who is a person, only people can tell."""
    taken = {_squeezed(name): one.id for one in others for name in one.invocation_names}
    lang = written.get("lang") or "ko"
    places = _places(lang)
    for index, name in enumerate(written["invocation_names"]):
        path = ("invocation_names", index)
        squeezed = _squeezed(name)
        if owner := taken.get(squeezed):
            said = f"{owner} is called {name!r} too: whichever was registered first is meant"
            yield Mistake(said, path, ("K-009", "K-060"))
        elif similar := _most_similar(squeezed, taken):
            said = f"the invocation name {name!r} is like one of {taken[similar]}: a review would refuse it"
            yield Mistake(said, path, ("K-009",))
        if squeezed in places:
            said = f"the invocation name {name!r} is only a place: a review would refuse it"
            yield Mistake(said, path, ("K-009",), "Say what it does there, too.")
        elif lang != "ja" and len(name.split()) == 1:
            said = f"the invocation name {name!r} is a single word: a review takes that for a brand of your own only"
            yield Mistake(said, path, ("K-009",))
        for word in (*_WAKE_WORDS, *_RESERVED):
            if _squeezed(word) in squeezed:
                said = f"the invocation name {name!r} contains {word!r}: a review would refuse it"
                yield Mistake(said, path, ("K-009",))


def _places(lang: str) -> frozenset[str]:
    from mockcloud.nlu.words import words_of

    return frozenset(_squeezed(word) for name in _PLACES for word in words_of(name, lang))


def _most_similar(squeezed: str, taken: Iterable[str]) -> str:
    """Of the names that are taken the one that this one is like, letter by letter; empty if there is none."""
    letters = unicodedata.normalize("NFD", squeezed)
    for name in taken:
        if SequenceMatcher(None, letters, unicodedata.normalize("NFD", name)).ratio() >= _SIMILAR:
            return name
    return ""


def _squeezed(name: str) -> str:
    return "".join(name.split()).casefold()
