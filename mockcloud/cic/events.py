"""An event on its way through: ``POST /v1/events`` from its headers to its answer (C-033..C-047, C-078..C-094).

Metadata is acted on as soon as it is complete, while audio still arrives. What state the event is in, and what
follows from what, is the table of `mockcloud.cloud.dialogs`; this module carries its actions out.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from mockcloud.cic import consistency, extensions, rule_calls
from mockcloud.cic.core import Core
from mockcloud.cic.delivery import Prepared, prepare
from mockcloud.cic.event_request import Audio, EventRequest, Metadata, Taken
from mockcloud.cic.hearing import Hearing
from mockcloud.cic.identity import Identity
from mockcloud.cic.refusal import refuse
from mockcloud.cic.responses import event_response, multipart_headers, new_writer
from mockcloud.clock import Instant, Timer
from mockcloud.cloud import questions, scripted
from mockcloud.cloud.cloud import SPEECH, TYPED, decide, remember_context
from mockcloud.cloud.dialogs import Action, Input, State, step
from mockcloud.cloud.turn import Turn
from mockcloud.journal import Entry
from mockcloud.nlu.text import normalise
from mockcloud.scenario.model import Rule
from mockcloud.scenario.rules import Phase
from mockcloud.speech.pcm import BYTES_A_MS
from mockcloud.speech.transcript import NOT_UNDERSTOOD, Transcript
from mockcloud.vocabulary import Exchange, Finding, Headers
from mockcloud.vocabulary.commands import EndBody, SendBody, StartResponse
from mockcloud.vocabulary.replies import Reply, RuleCall
from mockcloud.vocabulary.value import Value
from mockcloud.wire.jsontext import JsonError, loads
from mockcloud.wire.messages import Event, read_event

REQUEST = "POST /v1/events"
NEAREST = "mockcloud-nearest"
"""The header that tells which rule came nearest to an event that nothing took."""
_LONGEST_NEAREST = 1000


class PatienceOver(Value, frozen=True):
    """A timer: this event's request has not ended for too long."""

    ex: Exchange


class EventExchange:
    """One event request. The machine feeds it body bytes and the end; it appends commands to the core's."""

    __slots__ = (
        "_body_ended",
        "_core",
        "_entry",
        "_event",
        "_findings",
        "_given_up",
        "_hearing",
        "_identity",
        "_last_data",
        "_origin",
        "_patience",
        "_refused",
        "_reply",
        "_request",
        "_state",
        "_turn",
        "ex",
    )

    def __init__(self, core: Core, ex: Exchange, identity: Identity, boundary: str, origin: str) -> None:
        self.ex = ex
        self._core = core
        self._identity = identity
        self._origin = origin
        self._findings: list[Finding] = list(identity.findings)
        self._request = EventRequest(boundary, core.settings.limits, self._findings)
        self._body_ended = False
        self._refused = False
        self._given_up = False
        self._state: State | None = None
        self._event: Event | None = None
        self._turn: Turn | None = None
        self._reply: Reply | None = None
        self._entry: Entry | None = None
        self._hearing: Hearing | None = None
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
        return self._request.audio

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
        self._last_data = self._core.now
        self._take(self._request.feed(data))

    def end(self) -> None:
        self._body_ended = True
        if not self._is_answered:
            self._take(self._request.finish())
        if self._is_answered:
            return
        if self._state is not None:
            self._request.judge_whole()
            if self._event is not None and self._hearing is not None:
                self._findings += consistency.of_audio(self._event, self._request.audio)
            self._advance(Input.REQUEST_ENDED)
        else:
            said = "the request has no metadata part with the event's JSON"
            self._refuse(said, ("C-036", "C-049", "D-036"), "request.part.missing")

    def aborted(self, reason: str) -> None:
        self._given_up = True
        self._identity.device.course.forget()
        if self._is_utterance and (self._reply is None or isinstance(self._reply.awaits, RuleCall)):
            extensions.wait_again(self._core, self._identity.account, self._identity.device)
        self._advance(Input.ABORTED)
        self._stop_waiting()
        if self._entry is not None and self._entry.status is None:
            self._entry.note = reason
            self._entry.findings = tuple(self._findings)

    def answered(self, transcript: Transcript | None, error: str) -> None:
        """The recogniser has answered, or failed."""
        assert self._hearing is not None
        self._hearing.answered()
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
        if self._state is State.LISTENING and self._renew_patience(self._last_data):
            return
        self._findings.append(
            Finding("request.not-ended", "the request was never ended; it is answered all the same", because=("C-045",))
        )
        self._advance(Input.PATIENCE_OVER)

    # From bytes to an event

    def _take(self, taken: Iterable[Taken]) -> None:
        for what in taken:
            if isinstance(what, Audio):
                self._audio(what.data)
            elif isinstance(what, Metadata):
                self._metadata(what.raw)
            else:
                self._refuse(what.said, what.because, what.code)
            if self._refused:
                break

    def _metadata(self, raw: bytes) -> None:
        account = self._identity.account
        try:
            message = loads(raw, max_depth=self._core.settings.limits.json_depth)
        except JsonError as error:
            self._refuse(f"the metadata is not JSON: {error}", ("C-036", "C-041", "D-036"), "event.json")
            return
        event, said = read_event(message, strict=account.settings.strict)
        if event is None:
            self._refuse(said, ("C-036", "C-041", "D-037"), "event.envelope")
            return
        self._event = event
        findings = self._core.catalogue.check_event(event.message, account.edition)
        if findings:
            self._findings += findings
        self._findings += consistency.of_event(event, self._identity.device)
        self._findings += consistency.of_initiator(event, account, self._identity.device)
        self._findings += self._identity.device.course.reported(event, self._core.now)
        if account.settings.strict and (wrong := [f for f in self._findings if f.severity == "violation"]):
            more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
            self._refuse(f"{wrong[0].path}: {wrong[0].said}{more}".lstrip(": "), ("C-036", *wrong[0].because))
            return
        self._findings += self._core.catalogue.missing_context(event.contexts)
        self._begin(event, raw)

    def _begin(self, event: Event, raw: bytes) -> None:
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
                raw=raw,
                findings=tuple(self._findings),
                connection=self.ex.conn,
                state=account.state,
            )
        )
        self._turn = Turn(account, identity.device, event, core.now, nlu_engine=core.settings.nlu_engine)
        remember_context(self._turn)
        if event.dialog_request_id and event.dialog_request_id != identity.device.dialogs[1]:
            identity.device.dialogs = identity.device.dialogs[1], event.dialog_request_id
        if event.full_name in (SPEECH, TYPED):
            self._findings += questions.take(self._turn)
        if identity.device.session is not None:
            extensions.heard(self._turn, is_utterance=self._is_utterance)
        self._renew_patience(core.now)
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
        lang = self._turn.text("lang") or self._identity.account.settings.lang
        self._hearing = Hearing(self._core, self.ex, self._identity, event, lang)
        self._decide_early()

    def _decide_early(self) -> None:
        """Decide without the words, if a rule asks for none."""
        assert self._turn is not None
        self._reply = decide(self._turn, Phase.METADATA).reply
        if self._reply is not None:
            self._act(self._reply)

    def _audio(self, data: bytes) -> None:
        if self._hearing is None:
            return
        if self._state is not State.LISTENING:
            self._findings += self._hearing.judge_late()
        elif self._hearing.feed(data):
            self._advance(Input.SPEECH_ENDED)

    def _renew_patience(self, since: Instant) -> bool:
        """Wait for the end of the request, counted from then; ``False`` if that has been long enough already."""
        until = Instant(since + self._identity.account.settings.behaviour.answer_without_end)
        if until <= self._core.now:
            return False
        self._core.timers.cancel(self._patience)
        self._patience = self._core.timers.at(until, PatienceOver(self.ex))
        return True

    def _stop_capture(self) -> None:
        assert self._hearing is not None
        if self._state is State.RECOGNISING:
            self._renew_patience(self._core.now)
        self._hearing.stop_capture()

    def _recognise(self) -> None:
        assert self._hearing is not None
        transcript = self._hearing.transcript()
        if transcript is not None:
            self._heard(transcript)

    def _heard(self, transcript: Transcript, error: str = "") -> None:
        assert self._entry is not None
        ms = self._request.audio // BYTES_A_MS
        how = {"none": "not understood", "queued": "told by the control API"}.get(transcript.how, transcript.how)
        self._entry.note = f"{ms} ms of audio, {how}" + (f" ({error})" if error else "")
        account = self._identity.account
        if account.settings.keep_audio and self._hearing is not None:
            account.journal.keep_audio(self._entry, self._hearing.pcm)
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
        core.timers.cancel(self._patience)
        reply = self._reply or Reply()
        prepared = self._prepared(reply)
        explained = self._close_entry(entry, reply, bool(prepared))
        if prepared:
            writer = new_writer(account.ids)
            core.out.append(StartResponse(self.ex, 200, (*multipart_headers(writer), *explained)))
            directives = [(one.directive, one.message) for one in prepared]
            placement = account.settings.behaviour.attachments
            core.out.append(SendBody(self.ex, event_response(writer, directives, account.ids, placement)))
        else:
            core.out.append(StartResponse(self.ex, 204, explained))
        core.out.append(EndBody(self.ex))
        if core.waits:
            core.offer_to_waits(entry)
        for one in prepared:
            one.entry.connection = self.ex.conn
            core.record(one.entry)

    def _prepared(self, reply: Reply) -> list[Prepared]:
        """The directives of the response; what the catalogue refuses is left out."""
        made = (
            prepare(
                self._core,
                outgoing,
                account=self._identity.account,
                device=self._identity.device,
                event=self._event,
                origin=self._origin,
                via="response",
                by=reply.by,
                because=reply.because,
            )
            for outgoing in reply.outgoing
            if outgoing.via == "response"
        )
        return [one for one in made if one is not None]

    def _close_entry(self, entry: Entry, reply: Reply, has_directives: bool) -> Headers:
        """Write into the journal how the event was answered; returns headers that explain it."""
        entry.rule, entry.because, entry.unmatched = reply.by, reply.because, reply.unmatched
        explained = self._explain(entry) if reply.unmatched and self._identity.account.scenario.rules else ()
        entry.status = 200 if has_directives else 204
        if len(entry.findings) != len(self._findings):
            entry.findings = tuple(self._findings)
        return explained

    def _explain(self, entry: Entry) -> Headers:
        """Which rule came nearest, in the journal and as a header of the answer."""
        assert self._turn is not None
        miss = scripted.nearest(self._turn, entry.state)
        if miss is None:
            return ()
        entry.note = "; ".join(part for part in (entry.note, f"nearest: {miss}") if part)
        return ((NEAREST, str(miss).encode("unicode_escape").decode()[:_LONGEST_NEAREST]),)

    def _refuse(self, said: str, because: tuple[str, ...], code: str = "") -> None:
        """``code``: of what is wrong, if it is not among the findings yet."""
        self._refused = True
        if code:
            self._findings.append(Finding(code, said, because=because))
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
        self._core.timers.cancel(self._patience)
        if self._hearing is not None:
            self._hearing.stop()


_ACTIONS = {
    Action.STOP_CAPTURE: EventExchange._stop_capture,
    Action.RECOGNISE: EventExchange._recognise,
    Action.DECIDE: EventExchange._decide,
    Action.ANSWER: EventExchange._answer,
}
