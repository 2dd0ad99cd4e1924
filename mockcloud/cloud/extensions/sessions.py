"""Sessions of devices with extensions: a request goes out, an answer comes back, the user is waited for (K-086..K-091).

    opened by    the first request to an extension: a LaunchRequest, or an intent that was asked for by name
    goes on      as long as answers say ``shouldEndSession: false``; each then waits for the user
    ended by     (a) an answer that says so, (b) the user, who says so or turns to another extension, (c) a waiting time
                 that passes without a word, (d) a failure. Of (b) to (d) the extension is told by SessionEndedRequest.

Rule 1. A device has at most one session. What is said to it while it has one is for that extension, whether it carries
        a ``speechId`` or not; a miss is answered by the cloud and never taken for something else (K-061, K-091).
Rule 2. Only the answer to the session's latest request counts. An earlier one comes too late: the user has said
        something else meanwhile, or the session is over (K-089). It changes nothing and nobody is told.
Rule 3. The waiting time begins when the last speech of the answer has been played; any input ends it (K-090).
Rule 4. Events about what an extension gave the device to play or say neither open nor end a session, and leave its
        attributes alone (K-123, K-124).
"""

from msgspec.structs import replace

from mockcloud.cek.answers import CekAnswer
from mockcloud.cek.failures import prepared_message
from mockcloud.clock import MILLISECOND, Instant
from mockcloud.cloud import presentation
from mockcloud.cloud.accounts import Account, Device
from mockcloud.cloud.extensions import asking, carrying_out
from mockcloud.cloud.extensions.extension import Extension, Session
from mockcloud.cloud.extensions.invocation import Meant, understand
from mockcloud.cloud.turn import Turn
from mockcloud.vocabulary.replies import ExtensionCall, Outgoing, Reply, push, speak

_MISSES = 2
"""Utterances in a row that fit nothing, and the session ends (K-061)."""

_NOT_UNDERSTOOD = {
    "ko": "죄송해요. 잘 이해하지 못했어요. 다시 말씀해 주세요.",
    "ja": "すみません、よくわかりませんでした。もう一度お願いします。",
    "en": "Sorry, I did not understand that. Please say it again.",
}

RELAYED = frozenset(
    {
        "AudioPlayer.PlayFinished",
        "AudioPlayer.PlayPaused",
        "AudioPlayer.PlayResumed",
        "AudioPlayer.PlayStarted",
        "AudioPlayer.PlayStopped",
        "AudioPlayer.ProgressReportDelayPassed",
        "AudioPlayer.ProgressReportIntervalPassed",
        "AudioPlayer.ProgressReportPositionPassed",
        "AudioPlayer.StreamRequested",
        "SpeechSynthesizer.SpeechFinished",
        "SpeechSynthesizer.SpeechStarted",
        "SpeechSynthesizer.SpeechStopped",
        "TemplateRuntime.RequestPlayerInfo",
    }
)
"""Events that an extension is told of (K-121)."""
_ANSWERED_BY_EXTENSION = frozenset({"AudioPlayer.StreamRequested", "TemplateRuntime.RequestPlayerInfo"})
"""Those of them that ask for something: the extension answers instead of the cloud (K-124)."""


# What the user says


def heard(turn: Turn) -> None:
    """The user begins to say or type something: nobody waits for them any more (K-113)."""
    if turn.device.session is not None:
        turn.device.session.waits_until = None


def wait_again(account: Account, device: Device, now: Instant) -> None:
    """An event was not for the open session after all: it waits for the user as before."""
    session = device.session
    if session is not None and session.waits_until is None and not session.awaited:
        _wait(account, device, session, now, has_speech=True)


def meaning(turn: Turn) -> Meant | None:
    """What the words mean to an extension, and to which; ``None`` if they are for none."""
    account, current = turn.account, _current(turn)
    candidates = [one for one in account.extensions.values() if one.enabled and one.built is not None]
    if not turn.words or not (candidates or current):
        return None
    policy = account.settings.behaviour.no_match
    return understand(turn.words, candidates, account.edition, policy, current, _playing(turn), turn.nlu_engine)


def _current(turn: Turn) -> Extension | None:
    """The extension whose session is open."""
    session = turn.device.session
    return turn.account.extensions.get(session.extension) if session is not None else None


def for_words(turn: Turn) -> Reply | None:
    """The reply to what was said, if it is for an extension: the open session's, or the one that is called by name."""
    account, session, current = turn.account, turn.device.session, _current(turn)
    if not turn.words:
        return _silence(turn, current) if current is not None else None
    meant = meaning(turn)
    if meant is None:
        return None
    extension = account.extensions[meant.extension]
    if turn.device.guest:
        return Reply((Outgoing("Clova.ExpectLogin"),), _by(extension), ("K-064",))
    if session is None or current is None or current is extension:
        return _asked(turn, extension, session, meant)
    if meant.request == "IntentRequest" and not meant.intent:
        return _missed(turn, extension, None)
    left = end(account, turn.device, turn.now, turn=turn)
    asked = _asked(turn, extension, None, meant)
    return replace(
        asked,
        outgoing=(*left.outgoing, *asked.outgoing),
        calls=(*left.calls, *asked.calls),
        because=("K-063", *asked.because),
    )


def _playing(turn: Turn) -> str:
    """The extension whose audio the device plays now: its player intents need no name (K-032)."""
    player = turn.context("AudioPlayer.PlaybackState")
    token = player.get("token")
    if player.get("playerActivity") not in ("PLAYING", "PAUSED") or not isinstance(token, str):
        return ""
    return turn.device.from_extensions.get(token, "")


def _asked(turn: Turn, extension: Extension, session: Session | None, meant: Meant) -> Reply:
    if meant.request == "SessionEndedRequest":
        ended = end(turn.account, turn.device, turn.now, turn=turn)
        return ended.with_because("K-056", "K-115")
    if meant.request == "LaunchRequest":
        opened = session or _open(turn, extension, launched=True)
        opened.launched = True
        opened.misses = 0
        return _awaiting(extension, asking.launch(turn, extension, opened))
    if not meant.intent:
        return _missed(turn, extension, session)
    opened = session or _open(turn, extension)
    opened.misses = 0
    return _awaiting(extension, asking.intent(turn, extension, opened, meant.intent, meant.values))


def _missed(turn: Turn, extension: Extension, session: Session | None) -> Reply:
    """The words fit nothing: the cloud says so, and asks again if there is a session (K-061, K-062)."""
    said = speak(_NOT_UNDERSTOOD[extension.lang], extension.lang)
    if session is None:
        return Reply((said,), _by(extension), ("K-062",), unmatched=True)
    session.misses += 1
    if session.misses >= _MISSES or turn.account.settings.behaviour.no_match == "end":
        ended = end(turn.account, turn.device, turn.now, turn=turn)
        return replace(ended, outgoing=(said, *ended.outgoing), unmatched=True, because=("K-061", *ended.because))
    token = turn.account.ids.uuid()
    said = replace(said, payload={**said.payload, "token": token})
    asked = _ask_again(turn.account, turn.device, session, turn.now, token)
    return Reply((said, asked), _by(extension), ("K-061",), unmatched=True)


def _silence(turn: Turn, extension: Extension) -> Reply:
    """The user was heard to say nothing: that is what the waiting time is for (K-113)."""
    reply = waited(turn.account, turn.device, turn.now)
    return replace(
        reply,
        outgoing=tuple(replace(one, via="response", dialog=True, dialog_request_id="") for one in reply.outgoing),
        by=_by(extension),
    )


def _open(turn: Turn, extension: Extension, *, launched: bool = False) -> Session:
    session = Session(turn.account.ids.uuid(), extension.id, launched)
    turn.device.session = session
    return session


def _awaiting(extension: Extension, call: ExtensionCall) -> Reply:
    return Reply(by=_by(extension), because=call.because, awaits=call)


def _by(extension: Extension) -> str:
    return f"extension {extension.id}"


# What the extension answers


def answered(turn: Turn, call: ExtensionCall, answer: CekAnswer) -> Reply:
    """The rest of the reply that has been waiting for this answer, or for the failure that came instead."""
    reply = _answered(turn, call, answer)
    if turn.dialog:
        return reply
    return replace(reply, outgoing=tuple(replace(one, dialog=False) for one in reply.outgoing))


def _answered(turn: Turn, call: ExtensionCall, answer: CekAnswer) -> Reply:
    account, device = turn.account, turn.device
    extension = account.extensions.get(call.extension)
    if extension is None:
        return Reply(by=f"extension {call.extension}", because=("K-089",))
    if call.request == "EventRequest":
        return _event_answered(turn, extension, answer)
    session = device.session
    if session is None or session.id != call.session or session.awaited != call.number:
        return Reply(by=_by(extension), because=("K-089",))
    session.awaited = 0
    if answer.failure is not None:
        return _failed(turn, extension)
    return _carried_out(turn, extension, session, call, answer)


def _carried_out(turn: Turn, extension: Extension, session: Session, call: ExtensionCall, answer: CekAnswer) -> Reply:
    account, device = turn.account, turn.device
    display = _display(turn)
    carried = carrying_out.carry_out(account, device, extension, answer, display)
    first: tuple[Outgoing, ...] = ()
    last: tuple[Outgoing, ...] = ()
    if answer.should_end_session:
        last = _finish(extension, session)
        device.session = None
    else:
        if call.request == "LaunchRequest":
            first = (presentation.start_extension(extension.name),)
        session.attributes = dict(answer.session_attributes)
        session.dialog_request_id = turn.event.dialog_request_id or ""
        session.reprompt = carrying_out.reprompt(account, extension, answer.reprompt, display)
        last = (_ask_again(account, device, session, turn.now, _last_token(carried.spoken)),)
    return Reply(
        (*first, *carried.outgoing, *last),
        _by(extension),
        ("K-104", "K-106", "K-110", "K-111", "K-112"),
    )


def _failed(turn: Turn, extension: Extension) -> Reply:
    """The prepared message, the end of the session; the extension is told, and its answer is ignored (K-132)."""
    text = prepared_message(extension.lang)
    ended = end(turn.account, turn.device, turn.now, turn=turn)
    shown = Outgoing("Clova.RenderText", {"text": text})
    return replace(
        ended,
        outgoing=(shown, speak(text, extension.lang), *ended.outgoing),
        because=("K-132", *ended.because),
    )


def _event_answered(turn: Turn, extension: Extension, answer: CekAnswer) -> Reply:
    """Its directives answer the device's event; a failure is only on record (K-124, K-133)."""
    if answer.failure is not None:
        return Reply(by=_by(extension), because=("K-133",))
    carried = carrying_out.carry_out(turn.account, turn.device, extension, answer, _display(turn))
    return Reply(carried.outgoing, _by(extension), ("K-124",))


def _display(turn: Turn) -> str:
    size = turn.context("Device.Display").get("size")
    return size if isinstance(size, str) else "custom"


def _last_token(spoken: tuple[Outgoing, ...]) -> str:
    return str(spoken[-1].payload["token"]) if spoken else ""


# Waiting for the user, and the end


def _ask_again(account: Account, device: Device, session: Session, now: Instant, last_speech: str) -> Outgoing:
    """Open the microphone and wait for the user (K-112)."""
    session.expect_speech_id = account.ids.uuid()
    session.last_speech = last_speech
    _wait(account, device, session, now, has_speech=bool(last_speech))
    return Outgoing(
        "SpeechRecognizer.ExpectSpeech",
        {
            "expectSpeechId": session.expect_speech_id,
            "explicit": True,
            "timeoutInMilliseconds": account.question_timeout(device) // MILLISECOND,
        },
    )


def _wait(account: Account, device: Device, session: Session, now: Instant, *, has_speech: bool) -> None:
    allowance = account.settings.behaviour.speech_allowance if has_speech else 0
    session.waits_until = account.clock.at(now) + account.question_timeout(device) + allowance


def speech_finished(turn: Turn) -> None:
    """The last speech of the answer has been played: the waiting time begins now (K-090)."""
    session = turn.device.session
    if session is None or session.waits_until is None or not session.last_speech:
        return
    if turn.text("token") == session.last_speech:
        session.last_speech = ""
        _wait(turn.account, turn.device, session, turn.now, has_speech=False)


def waited(account: Account, device: Device, now: Instant) -> Reply:
    """The user has said nothing: what the extension wants said then, once; after that, the end (K-113, K-087)."""
    session = device.session
    extension = account.extensions.get(session.extension) if session is not None else None
    if session is None or extension is None:
        return Reply()
    if not session.reprompt:
        ended = end(account, device, now)
        return replace(ended, because=("K-087", "K-113"))
    said, session.reprompt = session.reprompt, ()
    asked = _ask_again(account, device, session, now, _last_token(said))
    dialog = session.dialog_request_id
    outgoing = tuple(replace(one, via="downchannel", dialog_request_id=dialog) for one in (*said, asked))
    return Reply(outgoing, _by(extension), ("K-113",))


def end(account: Account, device: Device, now: Instant, *, turn: Turn | None = None) -> Reply:
    """End the device's session, not by an answer of the extension: it is told, and so is the device (K-087, K-114).

    With a turn what the device is told answers its event; without one it is pushed.
    """
    session = device.session
    device.session = None
    extension = account.extensions.get(session.extension) if session is not None else None
    if session is None or extension is None:
        return Reply()
    told = _finish(extension, session)
    if turn is None:
        told = tuple(replace(push(one.name, one.payload), dialog_request_id=session.dialog_request_id) for one in told)
    call = asking.session_ended(account, device, extension, session, now, turn.event if turn else None)
    return Reply(told, _by(extension), ("K-087", "K-114"), calls=(call,))


def _finish(extension: Extension, session: Session) -> tuple[Outgoing, ...]:
    """FinishExtension, if it was opened by a LaunchRequest (K-114)."""
    if not session.launched:
        return ()
    return (presentation.finish_extension(extension.name),)


# What the device reports of what it plays


def relayed_to(turn: Turn) -> Extension | None:
    """The extension that has to do with this event, by the token of what it is about (K-121, K-122).

    Edition 4.4 has no such requests.
    """
    if turn.event.full_name not in RELAYED:
        return None
    stream = turn.payload.get("audioStream")
    names = [turn.text("token"), turn.text("audioItemId")]
    if isinstance(stream, dict) and isinstance(stream.get("token"), str):
        names.append(stream["token"])
    owner = next((found for name in names if (found := turn.device.from_extensions.get(name))), "")
    extension = turn.account.extensions.get(owner)
    if extension is None or not extension.enabled or (extension.edition or turn.account.edition) == "4.4":
        return None
    return extension


def takes_over(turn: Turn) -> bool:
    """Whether an extension answers this event instead of the cloud."""
    return turn.event.full_name in _ANSWERED_BY_EXTENSION


def relay(turn: Turn, extension: Extension, reply: Reply) -> Reply:
    """The reply to the event, with what the extension answers behind it."""
    call = asking.event(turn, extension)
    return replace(reply, by=reply.by or _by(extension), because=(*reply.because, *call.because), awaits=call)
