"""What may be asked of a cloud beside its devices' requests: the control API as values.

Each operation is answered with an `Outcome`: an HTTP status and a JSON body; errors are problem details (RFC 9457).
Routes, tests and the replay ask the same operations.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mockcloud.cloud.accounts import DEFAULT_ACCOUNT
from mockcloud.cloud.alerts import AlertType
from mockcloud.cloud.notifications import DEFAULT_SOUND, Light
from mockcloud.faults import Fault


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
    beside: Mapping[str, str] = field(default_factory=dict)
    """Texts of the files that it includes, by their paths."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAlert:
    """``POST /v1/accounts/{account}/app/alerts``: add an alert, or change the one of this token (C-103)."""

    account: str
    device: str
    type: AlertType
    scheduled_time: str
    """ISO 8601; without offset it is local."""
    token: str = ""
    label: str = ""
    repeat: tuple[str, ...] = ()
    """Days of the week, ``monday`` to ``sunday``."""
    action: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    """Names and payloads of directives that an ACTIONTIMER carries out."""


@dataclass(frozen=True, slots=True)
class ListAlerts:
    """``GET /v1/accounts/{account}/app/alerts``."""

    account: str


@dataclass(frozen=True, slots=True)
class DeleteAlert:
    """``DELETE /v1/accounts/{account}/app/alerts/{token}`` (C-112)."""

    account: str
    token: str


@dataclass(frozen=True, slots=True)
class StopAlert:
    """``POST /v1/accounts/{account}/app/alerts/{token}/stop``."""

    account: str
    token: str


@dataclass(frozen=True, slots=True)
class RequestPlayback:
    """``POST /v1/accounts/{account}/app/playback``: have devices report what they play (C-123)."""

    account: str
    device: str | None = None


@dataclass(frozen=True, slots=True)
class ReadPlayback:
    """``GET /v1/accounts/{account}/app/playback``: what devices have reported last."""

    account: str


@dataclass(frozen=True, slots=True)
class RequestPlayerInfo:
    """``POST /v1/accounts/{account}/app/player-info``: have a device ask for what its player shows (C-174)."""

    account: str
    device: str


@dataclass(frozen=True, slots=True)
class Delegate:
    """``POST /v1/accounts/{account}/app/delegations``: let a device carry a request out (C-158)."""

    account: str
    device: str
    text: str


@dataclass(frozen=True, slots=True)
class GivePin:
    """``POST /v1/accounts/{account}/app/bluetooth-pin``: the PIN a device asked for; empty aborts (C-155)."""

    account: str
    device: str
    pin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """``POST /v1/accounts/{account}/app/notifications``: tell of one now, or show that there is one (C-161..C-163)."""

    account: str
    text: str = ""
    present: bool = False
    """``Notify`` in the place of ``SetIndicator``."""
    new: bool = True
    device: str | None = None
    light: Light = "DEFAULT"
    sounds: tuple[str, ...] = (DEFAULT_SOUND,)


@dataclass(frozen=True, slots=True)
class ClearNotifications:
    """``DELETE /v1/accounts/{account}/app/notifications``: the user has seen them (C-165)."""

    account: str


@dataclass(frozen=True, slots=True)
class RegisterDevice:
    """``PUT /v1/accounts/{account}/app/devices/{device}``: add a device to the account, or name it (C-148)."""

    account: str
    device: str
    name: str = ""
    model_id: str = ""


@dataclass(frozen=True, slots=True)
class RemoveDevice:
    """``DELETE /v1/accounts/{account}/app/devices/{device}``: its tokens end, its downchannel closes."""

    account: str
    device: str


@dataclass(frozen=True, slots=True)
class LogIn:
    """``POST /v1/accounts/{account}/app/login``: the guest of a device logs in (C-184, C-185)."""

    account: str
    device: str


@dataclass(frozen=True, slots=True)
class AssignButton:
    """``PUT /v1/accounts/{account}/app/buttons/{button}``: what a custom button says when it is pressed (C-128)."""

    account: str
    button: str
    text: str


@dataclass(frozen=True, slots=True)
class ListFaults:
    """``GET /v1/accounts/{account}/faults``."""

    account: str


@dataclass(frozen=True, slots=True)
class ReadFault:
    """``GET /v1/accounts/{account}/faults/{fault}``."""

    account: str
    fault: str


@dataclass(frozen=True, slots=True)
class SetFaults:
    """``PUT /v1/accounts/{account}/faults``: these and no others; a list of ``fault`` mappings, YAML or JSON."""

    account: str
    text: str


@dataclass(frozen=True, slots=True)
class SetFault:
    """``PUT /v1/accounts/{account}/faults/{fault}``: a ``fault`` mapping, YAML or JSON."""

    account: str
    fault: str
    text: str


@dataclass(frozen=True, slots=True)
class AddFault:
    """A fault that has been read already: a step of a scenario."""

    account: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class RemoveFaults:
    """``DELETE /v1/accounts/{account}/faults``: all of them."""

    account: str


@dataclass(frozen=True, slots=True)
class RemoveFault:
    """``DELETE /v1/accounts/{account}/faults/{fault}``."""

    account: str
    fault: str


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
    | SetAlert
    | ListAlerts
    | DeleteAlert
    | StopAlert
    | RequestPlayback
    | ReadPlayback
    | RequestPlayerInfo
    | Delegate
    | GivePin
    | Notify
    | ClearNotifications
    | RegisterDevice
    | RemoveDevice
    | LogIn
    | AssignButton
    | ListFaults
    | ReadFault
    | SetFaults
    | SetFault
    | AddFault
    | RemoveFaults
    | RemoveFault
    | Measure
)
