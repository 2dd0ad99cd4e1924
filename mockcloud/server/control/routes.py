"""Every call of the control API, once: how it is addressed, what it takes, what it asks, what it answers."""

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from mockcloud.cic import operations as op
from mockcloud.cic.operations import Operation
from mockcloud.cloud.accounts import DEFAULT_ACCOUNT
from mockcloud.cloud.notifications import DEFAULT_SOUND
from mockcloud.server.control import answers, bodies
from mockcloud.vocabulary.value import Value


class Route(Value, frozen=True, kw_only=True):
    """A method and a path. Variables of the path, parameters of the query and members of the body together are the
    arguments of ``asks``, which makes the operation."""

    name: str
    """What generated clients call it, their ``operationId``: a verb first, and never changed."""
    method: str
    path: str
    """``/v1/accounts/{account}``"""
    summary: str
    asks: Callable[..., Operation]
    query: type[msgspec.Struct] = bodies.Nothing
    body: type[msgspec.Struct] = bodies.Nothing
    text: Literal["", "Scenario", "Fault", "FaultList"] = ""
    """The body is a document that people write, YAML or JSON, given as ``text``: one of `documents`. Without it, it is
    JSON of the shape ``body``."""
    example: Any = None
    """A body for people to start from."""
    status: int = 200
    makes: bool = False
    """It may also make what was not there: 201."""
    answer: type[msgspec.Struct] | None = None
    """``None``: no content, or a file of the type ``media``."""
    media: str = ""
    refuses: tuple[int, ...] = ()
    """Statuses of problems that this call has beside those that all have."""


def _create(
    name: str | None,
    listener: Literal["shared", "own"],
    devices: list[str] | None,
    settings: dict[str, Any] | None,
    **beside: Any,
) -> Operation:
    own = _block(settings, beside)
    return op.CreateAccount(name=name, listener=listener, devices=tuple(devices or ()), settings=own)


def _change(account: str, settings: dict[str, Any] | None, **beside: Any) -> Operation:
    return op.ChangeAccount(account, _block(settings, beside))


def _block(settings: dict[str, Any] | None, beside: dict[str, Any]) -> dict[str, Any]:
    return {**(settings or {}), **{name: value for name, value in beside.items() if value is not None}}


def _issue(account: str, device_id: str) -> Operation:
    return op.IssueToken(account, device_id)


def _push(
    account: str | None,
    device: str | None,
    directive: bodies.PushedDirective,
    attachments: list[bodies.Attachment] | None,
    wait_ms: int,
    unchecked: bool,
) -> Operation:
    return op.Push(
        account=_or_default(account),
        device=device,
        directive=msgspec.to_builtins(directive),
        attachments=tuple((part.content_id, part.content_type, part.data) for part in attachments or ()),
        wait_ms=wait_ms,
        unchecked=unchecked,
    )


def _or_default(account: str | None) -> str:
    return DEFAULT_ACCOUNT if account is None else account


def _wait(account: str | None, match: bodies.Match, **wait: Any) -> Operation:
    pattern = msgspec.to_builtins(match)
    for name in ("event", "directive"):
        if isinstance(pattern.get(name), list):  # one of these names, as in a scenario
            pattern[name] = {"any": pattern[name]}
    return op.WaitForJournal(account=_or_default(account), match=pattern, **wait)


def _entries(only: Literal["", "unmatched", "violations"]) -> Callable[..., Operation]:
    def read(account: str = DEFAULT_ACCOUNT, after_seq: int = 0, limit: int | None = None, **filters: Any) -> Operation:
        wanted = {name: str(value) for name, value in filters.items()}
        return op.ReadJournal(account=account, filters=wanted, after_seq=after_seq, limit=limit, only=only)

    return read


def _audio(seq: str, account: str = DEFAULT_ACCOUNT) -> Operation:
    return op.ReadAudio(account, int(seq) if seq.isdecimal() and len(seq) < len(str(bodies.MOST)) else 0)


def _set_alert(
    account: str, device: str, repeat: list[str] | None, action: list[bodies.AlertAction] | None, **alert: Any
) -> Operation:
    directives = tuple((f"{one.namespace}.{one.name}", one.payload) for one in action or ())
    return op.SetAlert(account=account, device=device, repeat=tuple(repeat or ()), action=directives, **alert)


def _notify(sounds: list[str] | None, **notification: Any) -> Operation:
    return op.Notify(sounds=(DEFAULT_SOUND,) if sounds is None else tuple(sounds), **notification)


def _put_extension(extension: str, account: str | None = None, **written: Any) -> Operation:
    registration = {name: msgspec.to_builtins(value) for name, value in written.items() if value is not None}
    return op.PutExtension(extension, registration, _or_default(account))


def _ask_extension(extension: str, account: str | None = None, **what: Any) -> Operation:
    return op.AskExtension(extension, _or_default(account), **what)


def _start_link(extension: str, account: str | None = None) -> Operation:
    return op.StartLink(extension, _or_default(account))


def _set_link(extension: str, account: str | None = None, **tokens: Any) -> Operation:
    return op.SetLink(extension, account=_or_default(account), **tokens)


def _spoil_link(how: Literal["expire", "revoke", "break"], summary: str) -> Route:
    def asks(extension: str, account: str | None = None) -> Operation:
        return op.SpoilLink(extension, how, _or_default(account))

    return Route(
        name=f"{how}Link",
        method="POST",
        path=f"{_LINK}/{how}",
        summary=summary,
        asks=asks,
        query=bodies.WhoseExtension,
        answer=answers.AccountLink,
        refuses=(404, 409),
    )


_EXTENSION = "/v1/extensions/{extension}"
_LINK = f"{_EXTENSION}/link"
_ACCOUNT = "/v1/accounts/{account}"
_APP = f"{_ACCOUNT}/app"

ROUTES: tuple[Route, ...] = (
    Route(
        name="createAccount",
        method="POST",
        path="/v1/accounts",
        summary="Make an account: a sandbox with a client, tokens and devices of its own",
        asks=_create,
        body=bodies.NewAccount,
        example={"name": "kitchen-test", "devices": ["speaker"], "seed": 7},
        status=201,
        answer=answers.MadeAccount,
        refuses=(409, 503),
    ),
    Route(
        name="listAccounts",
        method="GET",
        path="/v1/accounts",
        summary="List the accounts",
        asks=op.ListAccounts,
        answer=answers.Accounts,
    ),
    Route(
        name="readAccount",
        method="GET",
        path=_ACCOUNT,
        summary="Read an account",
        asks=op.ReadAccount,
        answer=answers.Account,
        refuses=(404,),
    ),
    Route(
        name="changeAccount",
        method="PATCH",
        path=_ACCOUNT,
        summary="Change an account's settings",
        asks=_change,
        body=bodies.ChangedAccount,
        answer=answers.Account,
        refuses=(404,),
    ),
    Route(
        name="deleteAccount",
        method="DELETE",
        path=_ACCOUNT,
        summary="Delete an account without a trace",
        asks=op.DeleteAccount,
        status=204,
        refuses=(404,),
    ),
    Route(
        name="resetAccount",
        method="POST",
        path=f"{_ACCOUNT}/reset",
        summary="Forget what happened in an account; its devices and tokens stay",
        asks=op.ResetAccount,
        answer=answers.Account,
        refuses=(404,),
    ),
    Route(
        name="issueTokens",
        method="POST",
        path=f"{_ACCOUNT}/devices",
        summary="Give a device tokens without the way through /authorize",
        asks=_issue,
        body=bodies.NewDevice,
        example={"device_id": "speaker"},
        status=201,
        answer=answers.DeviceTokens,
        refuses=(404,),
    ),
    Route(
        name="listChannels",
        method="GET",
        path="/v1/channels",
        summary="List the open downchannels",
        asks=op.ListChannels,
        query=bodies.WhichAccount,
        answer=answers.Channels,
        refuses=(404,),
    ),
    Route(
        name="closeChannel",
        method="DELETE",
        path="/v1/channels/{channel}",
        summary="Close a downchannel",
        asks=op.CloseChannel,
        status=204,
        refuses=(404,),
    ),
    Route(
        name="pushDirective",
        method="POST",
        path="/v1/push",
        summary="Send a directive onto open downchannels; answered when its frames have left",
        asks=_push,
        body=bodies.Push,
        example={"directive": {"header": {"namespace": "Notifier", "name": "ClearIndicator"}, "payload": {}}},
        answer=answers.Sent,
        refuses=(404, 409),
    ),
    Route(
        name="readJournal",
        method="GET",
        path="/v1/journal",
        summary="Read what happened",
        asks=_entries(""),
        query=bodies.WhichEntries,
        answer=answers.Entries,
        refuses=(404,),
    ),
    Route(
        name="readAudio",
        method="GET",
        path="/v1/journal/{seq}/audio",
        summary="Hear what a device sent with an event, as a WAV file",
        asks=_audio,
        query=bodies.WhichAccount,
        media="audio/wav",
        refuses=(404,),
    ),
    Route(
        name="waitForEntries",
        method="POST",
        path="/v1/journal/wait",
        summary="Wait until something happens; answered with 200 whether it did or not",
        asks=_wait,
        body=bodies.Wait,
        example={"match": {"event": "SpeechSynthesizer.SpeechFinished"}, "timeout_ms": 5000},
        answer=answers.Waited,
        refuses=(404,),
    ),
    Route(
        name="readUnmatched",
        method="GET",
        path="/v1/unmatched",
        summary="Read which events nothing took",
        asks=_entries("unmatched"),
        query=bodies.WhichEntries,
        answer=answers.UnmatchedEntries,
        refuses=(404,),
    ),
    Route(
        name="readViolations",
        method="GET",
        path="/v1/violations",
        summary="Read what broke the specification",
        asks=_entries("violations"),
        query=bodies.WhichEntries,
        answer=answers.Entries,
        refuses=(404,),
    ),
    Route(
        name="loadScenario",
        method="PUT",
        path=f"{_ACCOUNT}/scenario",
        summary="Load a scenario, YAML or JSON",
        asks=op.LoadScenario,
        query=bodies.WhichFile,
        text="Scenario",
        example={"mockcloud": 1, "title": "Rain", "rules": [{"when": {"says": "비 와?"}, "then": [{"speak": "네"}]}]},
        answer=answers.LoadedScenario,
        refuses=(404, 409),
    ),
    Route(
        name="readState",
        method="GET",
        path=f"{_ACCOUNT}/state",
        summary="Read the scenario's state",
        asks=op.ReadState,
        answer=answers.ScenarioState,
        refuses=(404,),
    ),
    Route(
        name="setState",
        method="PUT",
        path=f"{_ACCOUNT}/state",
        summary="Set the scenario's state",
        asks=op.SetState,
        body=bodies.NewState,
        answer=answers.ScenarioState,
        refuses=(404,),
    ),
    Route(
        name="setClock",
        method="PUT",
        path=f"{_ACCOUNT}/clock",
        summary="Freeze, advance or reset the account's clock; what falls due on the way happens",
        asks=op.SetClock,
        body=bodies.Clock,
        example={"action": "advance", "by": "PT55M"},
        answer=answers.AccountTime,
        refuses=(404,),
    ),
    Route(
        name="setSeed",
        method="PUT",
        path=f"{_ACCOUNT}/seed",
        summary="Set where identifiers and examples come from",
        asks=op.SetSeed,
        body=bodies.NewSeed,
        answer=answers.AccountSeed,
        refuses=(404,),
    ),
    Route(
        name="expireTokens",
        method="POST",
        path=f"{_ACCOUNT}/tokens/expire",
        summary="Let all access tokens expire",
        asks=op.ExpireTokens,
        answer=answers.Expired,
        refuses=(404,),
    ),
    Route(
        name="revokeTokens",
        method="POST",
        path=f"{_ACCOUNT}/tokens/revoke",
        summary="Revoke all tokens",
        asks=op.RevokeTokens,
        answer=answers.Revoked,
        refuses=(404,),
    ),
    Route(
        name="setTerms",
        method="PUT",
        path=f"{_ACCOUNT}/terms",
        summary="Accept the terms of use, or take that back",
        asks=op.SetTerms,
        body=bodies.NewTerms,
        answer=answers.AccountTerms,
        refuses=(404,),
    ),
    Route(
        name="queueUtterance",
        method="POST",
        path=f"{_ACCOUNT}/utterances",
        summary="Say what the next microphone audio means",
        asks=op.QueueUtterance,
        body=bodies.Utterance,
        example={"text": "오늘 날씨 어때"},
        status=202,
        answer=answers.Queued,
        refuses=(404,),
    ),
    Route(
        name="setQuestionTimeout",
        method="PUT",
        path=f"{_ACCOUNT}/devices/{{device}}/question-timeout",
        summary="Say how long questions wait for the user of a device",
        asks=op.SetQuestionTimeout,
        body=bodies.QuestionTimeout,
        example={"question_timeout": "10m"},
        status=204,
        refuses=(404, 422),
    ),
    Route(
        name="listFaults",
        method="GET",
        path=f"{_ACCOUNT}/faults",
        summary="List what goes wrong on purpose",
        asks=op.ListFaults,
        answer=answers.Faults,
        refuses=(404,),
    ),
    Route(
        name="setFaults",
        method="PUT",
        path=f"{_ACCOUNT}/faults",
        summary="Set these faults and no others: a list of `fault` mappings, YAML or JSON",
        asks=op.SetFaults,
        text="FaultList",
        example=[{"on": "event", "effect": "status", "code": 503}],
        answer=answers.Faults,
        refuses=(404, 409),
    ),
    Route(
        name="removeFaults",
        method="DELETE",
        path=f"{_ACCOUNT}/faults",
        summary="Take back all faults",
        asks=op.RemoveFaults,
        status=204,
        refuses=(404,),
    ),
    Route(
        name="readFault",
        method="GET",
        path=f"{_ACCOUNT}/faults/{{fault}}",
        summary="Read a fault, and how often it has struck",
        asks=op.ReadFault,
        answer=answers.SetFault,
        refuses=(404,),
    ),
    Route(
        name="setFault",
        method="PUT",
        path=f"{_ACCOUNT}/faults/{{fault}}",
        summary="Set a fault: a `fault` mapping, YAML or JSON",
        asks=op.SetFault,
        text="Fault",
        example={"on": "event", "effect": "reset_stream", "code": "CANCEL"},
        answer=answers.SetFault,
        refuses=(404, 409),
    ),
    Route(
        name="removeFault",
        method="DELETE",
        path=f"{_ACCOUNT}/faults/{{fault}}",
        summary="Take back a fault",
        asks=op.RemoveFault,
        status=204,
        refuses=(404,),
    ),
    Route(
        name="setAlert",
        method="POST",
        path=f"{_APP}/alerts",
        summary="Add an alert as the companion app does, or change the one of this token",
        asks=_set_alert,
        body=bodies.NewAlert,
        example={"device": "speaker", "type": "ALARM", "scheduled_time": "2030-01-01T07:30:00+09:00"},
        status=201,
        answer=answers.Alert,
        refuses=(404,),
    ),
    Route(
        name="listAlerts",
        method="GET",
        path=f"{_APP}/alerts",
        summary="List the account's alerts",
        asks=op.ListAlerts,
        answer=answers.Alerts,
        refuses=(404,),
    ),
    Route(
        name="deleteAlert",
        method="DELETE",
        path=f"{_APP}/alerts/{{token}}",
        summary="Delete an alert as the companion app does",
        asks=op.DeleteAlert,
        status=204,
        refuses=(404,),
    ),
    Route(
        name="stopAlert",
        method="POST",
        path=f"{_APP}/alerts/{{token}}/stop",
        summary="Stop an alert that rings",
        asks=op.StopAlert,
        status=204,
        refuses=(404,),
    ),
    Route(
        name="requestPlayback",
        method="POST",
        path=f"{_APP}/playback",
        summary="Have devices report what they play",
        asks=op.RequestPlayback,
        body=bodies.WhichDevice,
        status=202,
        answer=answers.AskedDevices,
        refuses=(404,),
    ),
    Route(
        name="readPlayback",
        method="GET",
        path=f"{_APP}/playback",
        summary="Read what devices have reported to play",
        asks=op.ReadPlayback,
        answer=answers.PlaybackStates,
        refuses=(404,),
    ),
    Route(
        name="requestPlayerInfo",
        method="POST",
        path=f"{_APP}/player-info",
        summary="Have a device ask for what its player shows",
        asks=op.RequestPlayerInfo,
        body=bodies.OneDevice,
        status=202,
        answer=answers.AskedDevices,
        refuses=(404,),
    ),
    Route(
        name="delegateRequest",
        method="POST",
        path=f"{_APP}/delegations",
        summary="Let a device carry out a request",
        asks=op.Delegate,
        body=bodies.DelegatedRequest,
        example={"device": "speaker", "text": "오늘 날씨 어때"},
        status=202,
        answer=answers.Delegated,
        refuses=(404,),
    ),
    Route(
        name="typeBluetoothPin",
        method="POST",
        path=f"{_APP}/bluetooth-pin",
        summary="Type the PIN that a device has asked for; an empty one aborts",
        asks=op.GivePin,
        body=bodies.Pin,
        answer=answers.GivenPin,
        refuses=(404, 409),
    ),
    Route(
        name="notify",
        method="POST",
        path=f"{_APP}/notifications",
        summary="Show that there is a notification, or present it",
        asks=_notify,
        body=bodies.Notification,
        status=202,
        answer=answers.Notifications,
        refuses=(404,),
    ),
    Route(
        name="clearNotifications",
        method="DELETE",
        path=f"{_APP}/notifications",
        summary="See all notifications: the indicator goes out",
        asks=op.ClearNotifications,
        status=204,
        refuses=(404,),
    ),
    Route(
        name="assignButton",
        method="PUT",
        path=f"{_APP}/buttons/{{button}}",
        summary="Assign words to a custom button; empty ones take them away",
        asks=op.AssignButton,
        body=bodies.ButtonWords,
        answer=answers.Buttons,
        refuses=(404,),
    ),
    Route(
        name="registerDevice",
        method="PUT",
        path=f"{_APP}/devices/{{device}}",
        summary="Add a device to the account, or name it",
        asks=op.RegisterDevice,
        body=bodies.RegisteredDevice,
        answer=answers.ListedDevice,
        refuses=(404,),
    ),
    Route(
        name="removeDevice",
        method="DELETE",
        path=f"{_APP}/devices/{{device}}",
        summary="Remove a device: its tokens end, its downchannel closes",
        asks=op.RemoveDevice,
        status=204,
        refuses=(404,),
    ),
    Route(
        name="logGuestIn",
        method="POST",
        path=f"{_APP}/login",
        summary="Log the guest of a device in",
        asks=op.LogIn,
        body=bodies.OneDevice,
        status=204,
        refuses=(404,),
    ),
    Route(
        name="listExtensions",
        method="GET",
        path="/v1/extensions",
        summary="List the extensions of an account",
        asks=op.ListExtensions,
        query=bodies.WhoseExtension,
        answer=answers.Extensions,
        refuses=(404,),
    ),
    Route(
        name="readExtension",
        method="GET",
        path=_EXTENSION,
        summary="Read an extension: its registration, what became of its model",
        asks=op.ReadExtension,
        query=bodies.WhoseExtension,
        answer=answers.RegisteredExtension,
        refuses=(404,),
    ),
    Route(
        name="registerExtension",
        method="PUT",
        path=_EXTENSION,
        summary="Register an extension and build its model: 201 for a new one, 200 for one that was there",
        asks=_put_extension,
        query=bodies.WhoseExtension,
        body=bodies.Registration,
        makes=True,
        answer=answers.RegisteredExtension,
        refuses=(404,),
    ),
    Route(
        name="deleteExtension",
        method="DELETE",
        path=_EXTENSION,
        summary="Delete an extension; sessions with it end",
        asks=op.DeleteExtension,
        query=bodies.WhoseExtension,
        status=204,
        refuses=(404,),
    ),
    Route(
        name="readExtensionKey",
        method="GET",
        path=f"{_EXTENSION}/key",
        summary="What an extension checks the signatures of requests with: a public key, PEM",
        asks=op.ReadExtensionKey,
        query=bodies.WhoseExtension,
        media="application/x-pem-file",
        refuses=(404,),
    ),
    Route(
        name="probeExtension",
        method="POST",
        path=f"{_EXTENSION}/probe",
        summary="Find out whether the server of an extension is reached",
        asks=op.ProbeExtension,
        query=bodies.WhoseExtension,
        answer=answers.Probed,
        refuses=(404,),
    ),
    Route(
        name="testExtension",
        method="POST",
        path=f"{_EXTENSION}/test",
        summary="Ask an extension as the console's test page does: a command, or a request that was edited",
        asks=_ask_extension,
        query=bodies.WhoseExtension,
        body=bodies.Tested,
        answer=answers.TestPage,
        refuses=(404, 409),
    ),
    Route(
        name="startLink",
        method="POST",
        path=_LINK,
        summary="Begin to link an account, as the app does that enables the extension: where its user logs in",
        asks=_start_link,
        query=bodies.WhoseExtension,
        status=201,
        answer=answers.StartedLink,
        refuses=(404, 409),
    ),
    Route(
        name="readLink",
        method="GET",
        path=_LINK,
        summary="Read the link: whether there is one, and what requests carry",
        asks=op.ReadLink,
        query=bodies.WhoseExtension,
        answer=answers.AccountLink,
        refuses=(404, 409),
    ),
    Route(
        name="setLink",
        method="PUT",
        path=_LINK,
        summary="Give tokens to an extension, as if its user had logged in",
        asks=_set_link,
        query=bodies.WhoseExtension,
        body=bodies.LinkedTokens,
        answer=answers.AccountLink,
        refuses=(404, 409),
    ),
    Route(
        name="deleteLink",
        method="DELETE",
        path=_LINK,
        summary="Unlink: forget the tokens, and every login that is under way",
        asks=op.Unlink,
        query=bodies.WhoseExtension,
        status=204,
        refuses=(404, 409),
    ),
    _spoil_link("expire", "End the access token: the next request refreshes it first"),
    _spoil_link("revoke", "Make both tokens such as the service does not know; requests carry one all the same"),
    _spoil_link("break", "Break the link as if refreshing had failed: requests go without a token"),
)
