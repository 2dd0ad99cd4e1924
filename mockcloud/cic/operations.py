"""What may be asked of a cloud beside its devices' requests: the control API as values.

Each operation is answered with an `Outcome`: an HTTP status and a JSON body; errors are problem details (RFC 9457).
Routes, tests and the replay ask the same operations.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mockcloud.cloud.accounts import DEFAULT_ACCOUNT


@dataclass(frozen=True, slots=True)
class Outcome:
    status: int
    body: Any = None


def problem(status: int, title: str, detail: str, **more: Any) -> Outcome:
    """A problem: what was wrong and what to do about it."""
    return Outcome(status, {"type": "about:blank", "title": title, "status": status, "detail": detail, **more})


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateAccount:
    """``POST /v1/accounts``."""

    name: str | None = None
    devices: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Settings of its own, nested as in ``mockcloud.yaml``: ``{"edition": "4.4", "behaviour": {...}}``."""


@dataclass(frozen=True, slots=True)
class ListAccounts:
    """``GET /v1/accounts``."""


@dataclass(frozen=True, slots=True)
class ReadAccount:
    """``GET /v1/accounts/{account}``."""

    account: str = DEFAULT_ACCOUNT


@dataclass(frozen=True, slots=True)
class ChangeAccount:
    """``PATCH /v1/accounts/{account}``: other settings."""

    account: str
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DeleteAccount:
    """``DELETE /v1/accounts/{account}``."""

    account: str


@dataclass(frozen=True, slots=True)
class ResetAccount:
    """``POST /v1/accounts/{account}/reset``: forget what happened; tokens and devices stay."""

    account: str


@dataclass(frozen=True, slots=True)
class IssueToken:
    """A device with tokens, without the way through ``/authorize``: ``POST /v1/accounts/{account}/devices``."""

    account: str
    device: str


@dataclass(frozen=True, slots=True)
class ListChannels:
    """``GET /v1/channels``."""

    account: str | None = None


@dataclass(frozen=True, slots=True)
class CloseChannel:
    """``DELETE /v1/channels/{id}``."""

    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """``POST /v1/push``. ``directive`` is ``{header: {namespace, name, ...}, payload}``."""

    account: str = DEFAULT_ACCOUNT
    device: str | None = None
    directive: Mapping[str, Any]
    attachments: tuple[tuple[str, str, bytes], ...] = ()
    wait_ms: int = 0
    unchecked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadJournal:
    """``GET /v1/journal``, ``/v1/unmatched`` and ``/v1/violations``."""

    account: str = DEFAULT_ACCOUNT
    filters: Mapping[str, Any] = field(default_factory=dict)
    after_seq: int = 0
    limit: int | None = None
    only: Literal["", "unmatched", "violations"] = ""


@dataclass(frozen=True, slots=True)
class ReadAudio:
    """``GET /v1/journal/{seq}/audio``: what was heard, as a WAV file."""

    account: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitForJournal:
    """``POST /v1/journal/wait``."""

    account: str = DEFAULT_ACCOUNT
    match: Mapping[str, Any]
    count: int = 1
    timeout_ms: int = 5000
    after_seq: int = 0


@dataclass(frozen=True, slots=True)
class LoadScenario:
    """``PUT /v1/accounts/{account}/scenario``: YAML or JSON text."""

    account: str
    text: str
    file: str = "scenario"


@dataclass(frozen=True, slots=True)
class ReadState:
    """``GET /v1/accounts/{account}/state``."""

    account: str


@dataclass(frozen=True, slots=True)
class SetState:
    """``PUT /v1/accounts/{account}/state``."""

    account: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetClock:
    """``PUT /v1/accounts/{account}/clock``."""

    account: str
    action: Literal["freeze", "advance", "reset"]
    by: str | None = None
    to: str | None = None


@dataclass(frozen=True, slots=True)
class SetSeed:
    """``PUT /v1/accounts/{account}/seed``."""

    account: str
    seed: int


@dataclass(frozen=True, slots=True)
class ExpireTokens:
    """``POST /v1/accounts/{account}/tokens/expire``."""

    account: str


@dataclass(frozen=True, slots=True)
class RevokeTokens:
    """``POST /v1/accounts/{account}/tokens/revoke``."""

    account: str


@dataclass(frozen=True, slots=True)
class SetTerms:
    """``PUT /v1/accounts/{account}/terms``."""

    account: str
    accepted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueUtterance:
    """``POST /v1/accounts/{account}/utterances``: what the next microphone audio means."""

    account: str
    text: str
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """Figures for ``/metrics``."""


Operation = (
    CreateAccount
    | ListAccounts
    | ReadAccount
    | ChangeAccount
    | DeleteAccount
    | ResetAccount
    | IssueToken
    | ListChannels
    | CloseChannel
    | Push
    | ReadJournal
    | ReadAudio
    | WaitForJournal
    | LoadScenario
    | ReadState
    | SetState
    | SetClock
    | SetSeed
    | ExpireTokens
    | RevokeTokens
    | SetTerms
    | QueueUtterance
    | Measure
)
