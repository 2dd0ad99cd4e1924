"""What a registration looks like as people write it, and how it is refused.

A registration is what ``PUT /v1/extensions/{id}`` takes and what ``extensions/<id>.yaml`` holds.
"""

from collections.abc import Iterable

from mockcloud.cek.signing import BREAKAGES
from mockcloud.settings import EDITIONS, LANGUAGES
from mockcloud.vocabulary.value import Value
from mockcloud.wire.messages import Json

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
