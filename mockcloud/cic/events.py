"""An event on its way through: ``POST /v1/events`` from its headers to its answer (C-033..C-047, C-078..C-094).

Metadata is acted on as soon as it is complete, while audio still arrives. What state the event is in, and what
follows from what, is the table of `mockcloud.cloud.dialogs`; this module carries its actions out.
"""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from mockcloud.cic import consistency, downchannel, extensions, rule_calls
from mockcloud.cic.core import Core
from mockcloud.cic.delivery import channel_of, prepare
from mockcloud.cic.identity import Identity
from mockcloud.cic.refusal import refuse
from mockcloud.cic.responses import event_response, multipart_headers, new_writer
from mockcloud.clock import MILLISECOND, Instant, Timer
from mockcloud.cloud import questions, scripted
from mockcloud.cloud.cloud import SPEECH, TYPED, decide, remember_context
from mockcloud.cloud.dialogs import Action, Input, State, step
from mockcloud.cloud.turn import Turn
from mockcloud.journal import Entry
from mockcloud.nlu.text import normalise
from mockcloud.scenario.model import Rule
from mockcloud.scenario.rules import Phase
from mockcloud.speech.endpoint import EndpointSettings
from mockcloud.speech.pcm import BYTES_A_MS, check_upload
from mockcloud.speech.transcript import NOT_UNDERSTOOD, AsrStream, Listening, Transcript, queued
from mockcloud.vocabulary import CallId, Exchange, Finding, Headers
from mockcloud.vocabulary.commands import CancelCall, EndBody, SendBody, StartCall, StartResponse
from mockcloud.vocabulary.replies import Outgoing, Reply, RuleCall, push
from mockcloud.vocabulary.value import Value
from mockcloud.wire.jsontext import JsonError, loads
from mockcloud.wire.messages import Event, contexts_by_name
from mockcloud.wire.multipart import (
    MultipartDecoder,
    MultipartError,
    PartData,
    PartEnded,
    PartEvent,
    PartStarted,
)

REQUEST = "POST /v1/events"
NEAREST = "mockcloud-nearest"
"""The header that tells which rule came nearest to an event that nothing took."""
_LONGEST_NEAREST = 1000

_HEAD = 8
"""Bytes of audio that are kept to recognise file headers."""


class PatienceOver(Value, frozen=True):
    """A timer: this event's request has not ended for too long."""

    ex: Exchange


class Recognise(Value, frozen=True):
    """A job for `StartCall`: what does the audio say? Its value is a `Transcript`."""

    stream: AsrStream

    def run(self) -> Transcript:
        return self.stream.close()


class EventExchange:
    """One event request. The machine feeds it body bytes and the end; it appends commands to the core's."""

    __slots__ = (
        "_audio_bytes",
        "_audio_head",
        "_body_ended",
        "_call",
        "_core",
        "_decoder",
        "_entry",
        "_event",
        "_findings",
        "_given_up",
        "_identity",
        "_json",
        "_last_data",
        "_listening",
        "_origin",
        "_part",
        "_patience",
        "_received",
        "_refused",
        "_reply",
        "_shown",
        "_state",
        "_turn",
        "ex",
    )

    def __init__(self, core: Core, ex: Exchange, identity: Identity, boundary: str, origin: str) -> None:
        self.ex = ex
        self._core = core
        self._identity = identity
        self._origin = origin
        self._decoder = MultipartDecoder(boundary)
        self._findings: list[Finding] = list(identity.findings)
        self._part = ""
        self._json = bytearray()
        self._received = 0
        self._audio_bytes = 0
        self._audio_head = b""
        self._shown = 0
        self._body_ended = False
        self._refused = False
        self._given_up = False
        self._state: State | None = None
        self._event: Event | None = None
        self._turn: Turn | None = None
        self._reply: Reply | None = None
        self._entry: Entry | None = None
        self._listening: Listening | None = None
        self._call: CallId | None = None
        self._patience: Timer | None = None
        self._last_data = core.now

    @property
    def identity(self) -> Identity:
        """Whose event it is."""
        return self._identity

    @property
    def is_known(self) -> bool:
        """Its metadata has come."""
        return self._entry is not None

    @property
    def audio_received(self) -> int:
        """Bytes."""
        return self._audio_bytes

    @property
    def done(self) -> bool:
        """Nothing more will be read or written."""
        return self._given_up or (self._body_ended and self._is_answered)

    @property
    def _is_answered(self) -> bool:
        """It has its response; what still comes of the request is taken and thrown away."""
        return self._refused or self._state is State.ANSWERED

    # What happens to it

    def body(self, data: bytes) -> None:
        if self._is_answered:
            return
        self._received += len(data)
        limit = self._core.settings.limits.body
        if self._received > limit:
            self._refuse(f"the request is larger than {limit} bytes", ("C-036",))
            return
        self._last_data = self._core.now
        self._decode(data)

    def end(self) -> None:
        self._body_ended = True
        if not self._is_answered:
            self._decode(None)
        if self._is_answered:
            return
        if self._state is not None:
            self._close_findings()
            self._advance(Input.REQUEST_ENDED)
        else:
            self._refuse("the request has no metadata part with the event's JSON", ("C-036", "C-049"))

    def aborted(self, reason: str) -> None:
        self._given_up = True
        if self._is_utterance and (self._reply is None or isinstance(self._reply.awaits, RuleCall)):
            extensions.wait_again(self._core, self._identity.account, self._identity.device)
        self._advance(Input.ABORTED)
        self._stop_waiting()
        if self._entry is not None and self._entry.status is None:
            self._entry.note = reason
            self._entry.findings = tuple(self._findings)

    def answered(self, transcript: Transcript | None, error: str) -> None:
        """The recogniser has answered, or failed."""
        self._call = None
        self._heard(transcript or NOT_UNDERSTOOD, error)

    @property
    def awaits_answer(self) -> bool:
        """An extension, or the code of a rule, is to say what the rest of the reply is."""
        return (
            self._reply is not None
            and self._reply.awaits is not None
            and not self._is_answered
            and self._state is not State.ABANDONED
        )

    def declined(self, rule: Rule) -> None:
        """The code of this rule leaves the event to whoever is next."""
        assert self._turn is not None
        self._turn.declined, self._reply = rule, None
        if self._state is State.LISTENING:
            self._decide_early()
        elif self._state in (State.WAITING, State.WAITING_ENDED):
            self._decide()

    def rest_found(self, reply: Reply) -> None:
        """The rest of the reply has come."""
        before = self._reply or Reply()
        self._act(reply)
        self._reply = replace(
            reply,
            outgoing=(*before.outgoing, *reply.outgoing),
            by=before.by,
            because=tuple(dict.fromkeys((*before.because, *reply.because))),
        )
        if not self.awaits_answer:
            self._advance(Input.REPLY_FOUND)

    def patience_over(self) -> None:
        if self._state is State.LISTENING and self._be_patient(self._last_data):
            return
        self._findings.append(
            Finding("request.not-ended", "the request was never ended; it is answered all the same", because=("C-045",))
        )
        self._advance(Input.PATIENCE_OVER)

    # From bytes to an event

    def _decode(self, data: bytes | None) -> None:
        try:
            events = self._decoder.finish() if data is None else self._decoder.feed(data)
        except MultipartError as error:
            for event in error.events:
                self._take(event)
            if not self._refused:
                self._refuse(f"Could not decode multipart: {error}", ("C-036", "C-048"))
            return
        for event in events:
            self._take(event)

    def _take(self, event: PartEvent) -> None:
        if self._refused:
            return
        if isinstance(event, PartData):
            if self._part == "audio":
                self._audio(event.data)
            elif self._part == "metadata":
                self._json += event.data
                limit = self._core.settings.limits.json
                if len(self._json) > limit:
                    self._refuse(f"the metadata part is larger than {limit} bytes", ("C-036",))
        elif isinstance(event, PartStarted):
            self._part = self._kind_of(event)
        elif isinstance(event, PartEnded):
            if self._part == "metadata" and self._state is None:
                self._metadata()
            self._part = ""

    def _kind_of(self, part: PartStarted) -> str:
        """By its name, or, if that says nothing, by where it stands and what it holds."""
        name = part.name
        if name == "metadata" and self._state is not None:
            self._find(
                "request.part.repeated", "there is one metadata part, the first; this one is ignored", ("C-049",)
            )
            return "other"
        if name == "metadata" or (self._state is None and name != "audio" and part.content_type != "audio/l16"):
            if name != "metadata":
                self._find("request.part.name", 'the first part is to be named "metadata"', ("C-049", "D-036"))
            if part.content_type != "application/json":
                self._find("request.part.content-type", "metadata is application/json", ("C-049", "D-036"))
            return "metadata"
        if name == "audio" or part.content_type == "application/octet-stream":
            if self._state is None:
                self._find("request.part.order", "audio before the metadata part is ignored", ("C-049", "D-036"))
                return "other"
            return "audio"
        self._find("request.part.unknown", f"a part named {name!r} means nothing here", ("C-049",))
        return "other"

    def _metadata(self) -> None:
        account = self._identity.account
        try:
            message = loads(bytes(self._json), max_depth=self._core.settings.limits.json_depth)
        except JsonError as error:
            self._refuse(f"the metadata is not JSON: {error}", ("C-036", "C-041"))
            return
        event, said = read_event(message, strict=account.settings.strict)
        if event is None:
            self._refuse(said, ("C-036", "C-041"))
            return
        self._event = event
        findings = self._core.catalogue.check_event(event.message, account.edition)
        if findings:
            self._findings += findings
        self._findings += consistency.of_event(event, self._identity.device)
        if account.settings.strict and (wrong := [f for f in self._findings if f.severity == "violation"]):
            more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
            self._refuse(f"{wrong[0].path}: {wrong[0].said}{more}".lstrip(": "), ("C-036", *wrong[0].because))
            return
        self._findings += self._core.catalogue.missing_context(event.contexts)
        self._begin(event)

    def _begin(self, event: Event) -> None:
        identity, core = self._identity, self._core
        account = identity.account
        self._entry = core.record(
            Entry(
                at=account.clock.at(core.now),
                account=account.id,
                channel="event",
                direction="in",
                kind="event",
                name=event.full_name,
                device=identity.device.device_id,
                dialog_request_id=event.dialog_request_id,
                message_id=event.message_id,
                raw=bytes(self._json),
                findings=tuple(self._findings),
                connection=self.ex.conn,
                state=account.state,
            )
        )
        self._json = bytearray()
        self._turn = Turn(account, identity.device, event, core.now, nlu_engine=core.settings.nlu_engine)
        remember_context(self._turn)
        if event.dialog_request_id and event.dialog_request_id != identity.device.dialogs[1]:
            identity.device.dialogs = identity.device.dialogs[1], event.dialog_request_id
        if event.full_name in (SPEECH, TYPED):
            self._findings += questions.take(self._turn)
        if identity.device.session is not None:
            extensions.heard(self._turn, is_utterance=self._is_utterance)
        self._be_patient(core.now)
        if event.full_name == SPEECH:
            self._listen(event)
            return
        self._state = State.WAITING
        if event.full_name == TYPED:
            self._understood(self._turn.text("text"))
        self._decide()

    # Speech

    def _listen(self, event: Event) -> None:
        assert self._turn is not None
        self._state = State.LISTENING
        behaviour = self._identity.account.settings.behaviour
        initiator = event.payload.get("initiator")
        initiator = initiator if isinstance(initiator, Mapping) else {}
        account = self._identity.account
        self._listening = Listening(
            self._turn.text("lang") or account.settings.lang,
            settings=EndpointSettings(
                hang_over_ms=behaviour.hang_over // MILLISECOND,
                no_speech_ms=behaviour.no_speech // MILLISECOND,
                maximum_ms=min(behaviour.longest_speech, self._core.settings.limits.audio) // MILLISECOND,
            ),
            hold=initiator.get("type") == "PRESS_AND_HOLD",
            wake_word_end=_wake_word_end(initiator),
            recordings=account.recordings,
            otherwise=self._core.recogniser,
        )
        self._decide_early()

    def _decide_early(self) -> None:
        """Decide without the words, if a rule asks for none."""
        assert self._turn is not None
        self._reply = decide(self._turn, Phase.METADATA).reply
        if self._reply is not None:
            self._act(self._reply)

    def _audio(self, data: bytes) -> None:
        if len(self._audio_head) < _HEAD:
            self._audio_head += data[: _HEAD - len(self._audio_head)]
        self._audio_bytes += len(data)
        if self._listening is None or self._state is not State.LISTENING:
            return
        ended = self._listening.feed(data)
        self._intermediate(len(data))
        if ended is not None:
            self._advance(Input.SPEECH_ENDED)

    def _intermediate(self, size: int) -> None:
        """KeepRecording and ShowRecognizedText while audio comes, if they are switched on (C-084, C-085)."""
        behaviour = self._identity.account.settings.behaviour
        if behaviour.keep_recording:
            every = max(1, behaviour.keep_recording // MILLISECOND) * BYTES_A_MS
            if self._audio_bytes // every > (self._audio_bytes - size) // every:
                self._push(push("SpeechRecognizer.KeepRecording", dialog=True), ("C-085",))
        if behaviour.show_recognized_text and (queued := self._queued()):
            words = queued.split()
            known = min(len(words), self._audio_bytes // (400 * BYTES_A_MS))
            if known > self._shown:
                self._shown = known
                text = " ".join(words[:known])
                self._push(push("SpeechRecognizer.ShowRecognizedText", {"text": text}, dialog=True), ("C-084",))

    def _queued(self) -> str | None:
        """What somebody said this audio would mean: the device's own before the account's."""
        for queue in (self._identity.device.utterances, self._identity.account.utterances):
            if queue:
                return queue[0]
        return None

    def _be_patient(self, since: Instant) -> bool:
        """Wait for the end of the request, counted from then; ``False`` if that has been long enough already."""
        until = Instant(since + self._identity.account.settings.behaviour.answer_without_end)
        if until <= self._core.now:
            return False
        self._core.timers.cancel(self._patience)
        self._patience = self._core.timers.at(until, PatienceOver(self.ex))
        return True

    def _stop_capture(self) -> None:
        if self._state is State.RECOGNISING:
            self._be_patient(self._core.now)
        behaviour = self._identity.account.settings.behaviour
        queued = self._queued() if behaviour.stop_capture_text else None
        payload = {"recognizedText": queued} if queued else {}
        self._push(push("SpeechRecognizer.StopCapture", payload, dialog=True), ("C-080", "C-081"))

    def _push(self, outgoing: Outgoing, because: tuple[str, ...]) -> None:
        channel = channel_of(self._core, self._identity.account, self._identity.device)
        if channel is not None:
            downchannel.send(self._core, channel, outgoing, event=self._event, by="speech", because=because)

    def _recognise(self) -> None:
        """Find the text: told before, heard before, sounds like something heard before."""
        account, device, listening = self._identity.account, self._identity.device, self._listening
        assert listening is not None
        for queue in (device.utterances, account.utterances):
            if queue:
                self._core.touch(account)
                self._heard(queued(queue.popleft()))
                return
        known = account.recordings.with_digest(listening.sha256, listening.lang)
        if known is not None or not (account.recordings.known or self._core.recogniser):
            self._heard(known or NOT_UNDERSTOOD)
            return
        self._call = self._core.next_call()
        self._core.calls[self._call] = self.ex
        patience = account.settings.behaviour.answer_without_end
        self._core.out.append(StartCall(self._call, Recognise(listening), patience))

    def _heard(self, transcript: Transcript, error: str = "") -> None:
        assert self._entry is not None
        ms = self._audio_bytes // BYTES_A_MS
        how = {"none": "not understood", "queued": "told by the control API"}.get(transcript.how, transcript.how)
        self._entry.note = f"{ms} ms of audio, {how}" + (f" ({error})" if error else "")
        account = self._identity.account
        if account.settings.keep_audio and self._listening is not None:
            account.journal.keep_audio(self._entry, self._listening.pcm)
        self._understood(transcript.text or None)
        self._advance(Input.TEXT_FOUND)

    def _understood(self, words: str | None) -> None:
        assert self._turn is not None
        assert self._entry is not None
        self._turn.words = words
        self._entry.words = words or ""
        self._entry.says = normalise(words or "")

    # To the answer

    def _advance(self, what: Input) -> None:
        if self._state is None:
            return
        self._state, actions = step(self._state, what)
        for action in actions:
            _ACTIONS[action](self)

    def _decide(self) -> None:
        assert self._turn is not None
        if self._reply is None:
            self._turn.now = self._core.now
            self._act(decide(self._turn, Phase.RESULT).reply or Reply())
        if not self.awaits_answer:
            self._advance(Input.REPLY_FOUND)

    def _act(self, reply: Reply) -> None:
        """Everything for a downchannel goes out at once; the response waits for the end of the request."""
        self._reply = reply
        self._core.touch(self._identity.account)
        self._findings += (*reply.findings, *reply.mistakes)
        wrong = [finding for finding in reply.findings if finding.severity == "violation"]
        if wrong and self._identity.account.settings.strict:
            self._refuse(f"{wrong[0].path}: {wrong[0].said}", ("C-036", *wrong[0].because))
            return
        who = self._identity
        self._core.faults_to_set += [(self.ex, who.account, who.device, who.token, fault) for fault in reply.faults]
        if isinstance(reply.awaits, RuleCall):
            assert self._turn is not None
            assert self._entry is not None
            rule_calls.ask(self._core, self.ex, self._turn, reply.awaits.rule, self._entry.seq)
        elif reply.awaits is not None:
            extensions.ask(self._core, who.account, who.device, reply.awaits, ex=self.ex, turn=self._turn)
        elif self._is_utterance:
            extensions.wait_again(self._core, who.account, who.device)
        extensions.carry_on(self._core, who.account, who.device, reply, self._turn)

    @property
    def _is_utterance(self) -> bool:
        return self._event is not None and self._event.full_name in (SPEECH, TYPED)

    def _answer(self) -> None:
        core, account, entry = self._core, self._identity.account, self._entry
        assert entry is not None
        if self._refused:
            return
        reply = self._reply or Reply()
        core.timers.cancel(self._patience)
        prepared = [
            done
            for outgoing in reply.outgoing
            if outgoing.via == "response"
            and (
                done := prepare(
                    core,
                    outgoing,
                    account=account,
                    device=self._identity.device,
                    event=self._event,
                    origin=self._origin,
                    via="response",
                    by=reply.by,
                    because=reply.because,
                )
            )
        ]
        entry.rule, entry.because, entry.unmatched = reply.by, reply.because, reply.unmatched
        explained = self._explain(entry) if reply.unmatched and account.scenario.rules else ()
        entry.status = 200 if prepared else 204
        if len(entry.findings) != len(self._findings):
            entry.findings = tuple(self._findings)
        if prepared:
            writer = new_writer(account.ids)
            core.out.append(StartResponse(self.ex, 200, (*multipart_headers(writer), *explained)))
            body = event_response(
                writer,
                [(one.directive, one.message) for one in prepared],
                account.ids,
                account.settings.behaviour.attachments,
            )
            core.out.append(SendBody(self.ex, body))
        else:
            core.out.append(StartResponse(self.ex, 204, explained))
        core.out.append(EndBody(self.ex))
        if core.waits:
            core.settled(entry)
        for one in prepared:
            one.entry.connection = self.ex.conn
            core.record(one.entry)

    def _explain(self, entry: Entry) -> Headers:
        """Which rule came nearest, in the journal and as a header of the answer."""
        assert self._turn is not None
        miss = scripted.nearest(self._turn, entry.state)
        if miss is None:
            return ()
        entry.note = "; ".join(part for part in (entry.note, f"nearest: {miss}") if part)
        return ((NEAREST, str(miss).encode("unicode_escape").decode()[:_LONGEST_NEAREST]),)

    def _refuse(self, said: str, because: tuple[str, ...]) -> None:
        self._refused = True
        self._stop_waiting()
        if self._entry is not None:
            self._entry.status, self._entry.note = 400, said
        refuse(
            self._core,
            self.ex,
            400,
            said,
            request=self._event.full_name if self._event else REQUEST,
            account=self._identity.account,
            device=self._identity.device.device_id,
            because=because,
            findings=tuple(self._findings),
        )

    def _stop_waiting(self) -> None:
        """Neither patience nor a recogniser has to do with it any more."""
        core = self._core
        core.timers.cancel(self._patience)
        if self._call is not None:
            del core.calls[self._call]
            core.out.append(CancelCall(self._call))
            self._call = None

    # What is wrong with it

    def _find(self, code: str, said: str, because: tuple[str, ...]) -> None:
        self._findings.append(Finding(code, said, because=because))

    def _close_findings(self) -> None:
        """What can be judged only when all has come: framing and audio."""
        for remark in self._decoder.remarks:
            self._findings.append(Finding(remark, remark.partition(".")[2].replace("-", " "), because=("C-058",)))
        if self._audio_bytes:
            self._findings += check_upload(self._audio_head, self._audio_bytes)


_ACTIONS = {
    Action.STOP_CAPTURE: EventExchange._stop_capture,
    Action.RECOGNISE: EventExchange._recognise,
    Action.DECIDE: EventExchange._decide,
    Action.ANSWER: EventExchange._answer,
}


def _wake_word_end(initiator: Mapping[str, Any]) -> int:
    """``endIndexInSamples`` of the wake word, under either spelling (C-091); 0 if there is none."""
    payload = initiator.get("payload")
    word = (payload.get("wakeWord") or payload.get("wakeword")) if isinstance(payload, Mapping) else None
    indices = word.get("indices") if isinstance(word, Mapping) else None
    end = indices.get("endIndexInSamples") if isinstance(indices, Mapping) else 0
    return int(end) if isinstance(end, int | float) and not isinstance(end, bool) and end > 0 else 0


def read_event(message: Any, *, strict: bool) -> tuple[Event | None, str]:
    """The event of a metadata part, or what of its envelope is missing (C-041).

    Lenient: blanks around the names of header members are taken off (one printed example has them).
    """
    if not isinstance(message, dict):
        return None, "the metadata is not a JSON object"
    event, context = message.get("event"), message.get("context")
    if not isinstance(event, dict):
        hint = "; it is called event, not events" if "events" in message else ""
        return None, f"event: an object is required{hint}"
    if not isinstance(context, list) or not all(isinstance(item, dict) for item in context):
        return None, "context: an array of objects is required, even if it is empty"
    header, payload = event.get("header"), event.get("payload")
    if not isinstance(header, dict):
        return None, "event.header: an object is required"
    if not strict and "messageId" not in header:
        header = event["header"] = {name.strip(): value for name, value in header.items()}
    for name in ("namespace", "name", "messageId"):
        if not isinstance(header.get(name), str) or not header[name]:
            return None, f"event.header.{name}: text is required"
    if not isinstance(payload, dict):
        return None, "event.payload: an object is required, even if it is empty"
    dialog = header.get("dialogRequestId")
    return (
        Event(
            namespace=header["namespace"],
            name=header["name"],
            message_id=header["messageId"],
            payload=payload,
            dialog_request_id=dialog if isinstance(dialog, str) and dialog else None,
            contexts=contexts_by_name(context),
            message=message,
        ),
        "",
    )
