"""What may be asked of a cloud beside its devices' requests: the control API as values.

Each operation is answered with an `Outcome`: an HTTP status and a JSON body; errors are problem details (RFC 9457).
Routes, tests and the replay ask the same operations.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from mockcloud.cloud.accounts import DEFAULT_ACCOUNT
from mockcloud.cloud.alerts import AlertType
from mockcloud.cloud.notifications import DEFAULT_SOUND, Light
from mockcloud.faults.fault import Fault
from mockcloud.vocabulary.value import Value


class Outcome(Value, frozen=True):
    """What an operation came to, in the terms of the control API: an HTTP status, and the JSON or bytes of its body."""

    status: int
    body: Any = None
    """``None``: there is none."""


def problem(status: int, title: str, detail: str, **more: Any) -> Outcome:
    """A problem: what was wrong and what to do about it."""
    return Outcome(status, {"type": "about:blank", "title": title, "status": status, "detail": detail, **more})


class CreateAccount(Value, frozen=True, kw_only=True):
    """``POST /v1/accounts``."""

    name: str | None = None
    devices: tuple[str, ...] = ()
    listener: Literal["shared", "own"] = "shared"
    """``own``: a device listener on a port of its own, and so faults of its own before a token is read."""
    settings: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """Settings of its own, nested as in ``mockcloud.yaml``: ``{"edition": "4.4", "behaviour": {...}}``."""


class ListAccounts(Value, frozen=True):
    """``GET /v1/accounts``."""


class ReadAccount(Value, frozen=True):
    """``GET /v1/accounts/{account}``."""

    account: str = DEFAULT_ACCOUNT


class ChangeAccount(Value, frozen=True):
    """``PATCH /v1/accounts/{account}``: other settings."""

    account: str
    settings: Mapping[str, Any]


class DeleteAccount(Value, frozen=True):
    """``DELETE /v1/accounts/{account}``."""

    account: str


class ResetAccount(Value, frozen=True):
    """``POST /v1/accounts/{account}/reset``: forget what happened; tokens and devices stay."""

    account: str


class IssueToken(Value, frozen=True):
    """A device with tokens, without the way through ``/authorize``: ``POST /v1/accounts/{account}/devices``."""

    account: str
    device: str


class ListChannels(Value, frozen=True):
    """``GET /v1/channels``."""

    account: str | None = None


class CloseChannel(Value, frozen=True):
    """``DELETE /v1/channels/{id}``."""

    channel: str


class Push(Value, frozen=True, kw_only=True):
    """``POST /v1/push``. ``directive`` is ``{header: {namespace, name, ...}, payload}``."""

    account: str = DEFAULT_ACCOUNT
    device: str | None = None
    directive: Mapping[str, Any]
    attachments: tuple[tuple[str, str, bytes], ...] = ()
    wait_ms: int = 0
    unchecked: bool = False


class ReadJournal(Value, frozen=True, kw_only=True):
    """``GET /v1/journal``, ``/v1/unmatched`` and ``/v1/violations``."""

    account: str = DEFAULT_ACCOUNT
    filters: Mapping[str, Any] = msgspec.field(default_factory=dict)
    after_seq: int = 0
    limit: int | None = None
    only: Literal["", "unmatched", "violations"] = ""


class ReadAudio(Value, frozen=True):
    """``GET /v1/journal/{seq}/audio``: what was heard, as a WAV file."""

    account: str
    seq: int


class WaitForJournal(Value, frozen=True, kw_only=True):
    """``POST /v1/journal/wait``."""

    account: str = DEFAULT_ACCOUNT
    match: Mapping[str, Any]
    count: int = 1
    timeout_ms: int = 5000
    after_seq: int = 0
    leave_out: tuple[int, ...] = ()
    """Numbers of entries that do not count, because they have met something else."""


class LoadScenario(Value, frozen=True):
    """``PUT /v1/accounts/{account}/scenario``: YAML or JSON text."""

    account: str
    text: str
    file: str = "scenario"
    beside: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Texts of the files that it includes, by their paths."""


class ReadState(Value, frozen=True):
    """``GET /v1/accounts/{account}/state``."""

    account: str


class SetState(Value, frozen=True):
    """``PUT /v1/accounts/{account}/state``."""

    account: str
    state: str


class SetClock(Value, frozen=True, kw_only=True):
    """``PUT /v1/accounts/{account}/clock``."""

    account: str
    action: Literal["freeze", "advance", "reset"]
    by: str | None = None
    to: str | None = None


class SetSeed(Value, frozen=True):
    """``PUT /v1/accounts/{account}/seed``."""

    account: str
    seed: int


class ExpireTokens(Value, frozen=True):
    """``POST /v1/accounts/{account}/tokens/expire``."""

    account: str


class RevokeTokens(Value, frozen=True):
    """``POST /v1/accounts/{account}/tokens/revoke``."""

    account: str


class SetTerms(Value, frozen=True):
    """``PUT /v1/accounts/{account}/terms``."""

    account: str
    accepted: bool


class QueueUtterance(Value, frozen=True, kw_only=True):
    """``POST /v1/accounts/{account}/utterances``: what the next microphone audio means."""

    account: str
    text: str
    device: str | None = None


class SetQuestionTimeout(Value, frozen=True):
    """``PUT /v1/accounts/{account}/devices/{device}/question-timeout``: how long questions wait for its user.

    ``None``: as long as ``behaviour.question_timeout`` of the account says.
    """

    account: str
    device: str
    question_timeout: str | None


class SetAlert(Value, frozen=True, kw_only=True):
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


class ListAlerts(Value, frozen=True):
    """``GET /v1/accounts/{account}/app/alerts``."""

    account: str


class DeleteAlert(Value, frozen=True):
    """``DELETE /v1/accounts/{account}/app/alerts/{token}`` (C-112)."""

    account: str
    token: str


class StopAlert(Value, frozen=True):
    """``POST /v1/accounts/{account}/app/alerts/{token}/stop``."""

    account: str
    token: str


class RequestPlayback(Value, frozen=True):
    """``POST /v1/accounts/{account}/app/playback``: have devices report what they play (C-123)."""

    account: str
    device: str | None = None


class ReadPlayback(Value, frozen=True):
    """``GET /v1/accounts/{account}/app/playback``: what devices have reported last."""

    account: str


class RequestPlayerInfo(Value, frozen=True):
    """``POST /v1/accounts/{account}/app/player-info``: have a device ask for what its player shows (C-174)."""

    account: str
    device: str


class Delegate(Value, frozen=True):
    """``POST /v1/accounts/{account}/app/delegations``: let a device carry a request out (C-158)."""

    account: str
    device: str
    text: str


class GivePin(Value, frozen=True):
    """``POST /v1/accounts/{account}/app/bluetooth-pin``: the PIN a device asked for; empty aborts (C-155)."""

    account: str
    device: str
    pin: str


class Notify(Value, frozen=True, kw_only=True):
    """``POST /v1/accounts/{account}/app/notifications``: tell of one now, or show that there is one (C-161..C-163)."""

    account: str
    text: str = ""
    present: bool = False
    """``Notify`` instead of ``SetIndicator``."""
    new: bool = True
    device: str | None = None
    light: Light = "DEFAULT"
    sounds: tuple[str, ...] = (DEFAULT_SOUND,)


class ClearNotifications(Value, frozen=True):
    """``DELETE /v1/accounts/{account}/app/notifications``: the user has seen them (C-165)."""

    account: str


class RegisterDevice(Value, frozen=True):
    """``PUT /v1/accounts/{account}/app/devices/{device}``: add a device to the account, or name it (C-148)."""

    account: str
    device: str
    name: str = ""
    model_id: str = ""


class RemoveDevice(Value, frozen=True):
    """``DELETE /v1/accounts/{account}/app/devices/{device}``: its tokens end, its downchannel closes."""

    account: str
    device: str


class LogIn(Value, frozen=True):
    """``POST /v1/accounts/{account}/app/login``: the guest of a device logs in (C-184, C-185)."""

    account: str
    device: str


class AssignButton(Value, frozen=True):
    """``PUT /v1/accounts/{account}/app/buttons/{button}``: what a custom button says when it is pressed (C-128)."""

    account: str
    button: str
    text: str


class ListFaults(Value, frozen=True):
    """``GET /v1/accounts/{account}/faults``."""

    account: str


class ReadFault(Value, frozen=True):
    """``GET /v1/accounts/{account}/faults/{fault}``."""

    account: str
    fault: str


class SetFaults(Value, frozen=True):
    """``PUT /v1/accounts/{account}/faults``: these and no others; a list of ``fault`` mappings, YAML or JSON."""

    account: str
    text: str


class SetFault(Value, frozen=True):
    """``PUT /v1/accounts/{account}/faults/{fault}``: a ``fault`` mapping, YAML or JSON."""

    account: str
    fault: str
    """The id; if empty the one in the mapping, or else a free one."""
    text: str


class AddFault(Value, frozen=True):
    """A fault that has been read already: a step of a scenario."""

    account: str
    fault: Fault


class RemoveFaults(Value, frozen=True):
    """``DELETE /v1/accounts/{account}/faults``: all of them."""

    account: str


class RemoveFault(Value, frozen=True):
    """``DELETE /v1/accounts/{account}/faults/{fault}``."""

    account: str
    fault: str


class ListExtensions(Value, frozen=True):
    """``GET /v1/extensions``."""

    account: str = DEFAULT_ACCOUNT


class ReadExtension(Value, frozen=True):
    """``GET /v1/extensions/{extension}``."""

    extension: str
    account: str = DEFAULT_ACCOUNT


class PutExtension(Value, frozen=True):
    """``PUT /v1/extensions/{extension}``: register it, or register it anew; its model is built at once."""

    extension: str
    registration: Mapping[str, Any]
    """Of the shape of `mockcloud.cloud.extensions.registration.SCHEMA`, every model file as ``tsv``."""
    account: str = DEFAULT_ACCOUNT


class DeleteExtension(Value, frozen=True):
    """``DELETE /v1/extensions/{extension}``: sessions with it end."""

    extension: str
    account: str = DEFAULT_ACCOUNT


class ReadExtensionKey(Value, frozen=True):
    """``GET /v1/extensions/{extension}/key``: what its server checks signatures with, PEM."""

    extension: str
    account: str = DEFAULT_ACCOUNT


class ProbeExtension(Value, frozen=True):
    """``POST /v1/extensions/{extension}/probe``: is its server reached? A bare POST tells (K-005)."""

    extension: str
    account: str = DEFAULT_ACCOUNT


class AskExtension(Value, frozen=True):
    """``POST /v1/extensions/{extension}/test``: the console's test page (K-150..K-154)."""

    extension: str
    account: str = DEFAULT_ACCOUNT
    utterance: str | None = None
    """A command without the invocation name."""
    request: Mapping[str, Any] | None = None
    """A request that somebody has edited: it is signed and sent as it is (K-152)."""


class StartLink(Value, frozen=True):
    """``POST /v1/extensions/{extension}/link``: the user enables it in the app; where they log in (K-140)."""

    extension: str
    account: str = DEFAULT_ACCOUNT


class ReadLink(Value, frozen=True):
    """``GET /v1/extensions/{extension}/link``: whether an account is linked, and what requests carry."""

    extension: str
    account: str = DEFAULT_ACCOUNT


class SetLink(Value, frozen=True):
    """``PUT /v1/extensions/{extension}/link``: tokens, as if the user had linked an account."""

    extension: str
    access_token: str
    refresh_token: str = ""
    expires_in: int | None = None
    """Seconds; ``None``: it does not end."""
    account: str = DEFAULT_ACCOUNT


class SpoilLink(Value, frozen=True):
    """``POST /v1/extensions/{extension}/link/{how}`` (K-148).

    ``expire``: the access token has ended. ``revoke``: both tokens are none that the service knows, and are used all
    the same. ``break``: as if refreshing had failed.
    """

    extension: str
    how: Literal["expire", "revoke", "break"]
    account: str = DEFAULT_ACCOUNT


class Unlink(Value, frozen=True):
    """``DELETE /v1/extensions/{extension}/link``: forget the tokens and every login under way."""

    extension: str
    account: str = DEFAULT_ACCOUNT


class Measure(Value, frozen=True):
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
    | SetQuestionTimeout
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
    | ListExtensions
    | ReadExtension
    | PutExtension
    | DeleteExtension
    | ReadExtensionKey
    | ProbeExtension
    | AskExtension
    | StartLink
    | ReadLink
    | SetLink
    | SpoilLink
    | Unlink
    | Measure
)

OF_EXTENSIONS = (
    ListExtensions,
    ReadExtension,
    PutExtension,
    DeleteExtension,
    ReadExtensionKey,
    ProbeExtension,
    AskExtension,
    StartLink,
    ReadLink,
    SetLink,
    SpoilLink,
    Unlink,
)
"""Those on extensions."""
