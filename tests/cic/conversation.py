"""Conversations with a `CloudMachine` in memory: say what a device does, read what it is told.

    talk = Conversation(edition="4.4")
    speaker = talk.speaker()
    answer = speaker.event("TextRecognizer.Recognize", {"text": "안녕"}, dialog="d1")
    assert answer.status == 200
    assert answer.names == ["SpeechSynthesizer.Speak"]
    assert speaker.pushed() == []

Time stands still unless `Conversation.wait` moves it. Whatever the machine commands is held against the rules that
hold for every exchange: one response, nothing after its end, nothing to a connection that is gone, no directive that
the catalogue refuses. A test that breaks one of them fails where it happens.
"""

import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any
from urllib.parse import urlencode

from mockcloud.catalogue import Catalogue
from mockcloud.cek.exchange import HttpAnswer, PostToExtension
from mockcloud.cek.failures import Failure
from mockcloud.cic import operations as op
from mockcloud.cic.machine import CloudMachine
from mockcloud.clock import Instant, duration
from mockcloud.cloud.accounts import DEFAULT_ACCOUNT, Account
from mockcloud.data import data_dir
from mockcloud.journal import Entry
from mockcloud.settings import EDITIONS, Settings, apply
from mockcloud.speech.transcript import Asr, Recordings
from mockcloud.vocabulary import CallId, ConnectionId, Exchange, RequestId, commands, inputs
from mockcloud.vocabulary.codes import registered
from mockcloud.wire.http import WebRequest, WebResponse, boundary
from mockcloud.wire.messages import dumps, split_name
from mockcloud.wire.multipart import (
    Finished,
    MultipartDecoder,
    MultipartWriter,
    PartData,
    PartEnded,
    PartStarted,
    audio_part,
    metadata_part,
)

WALL = 1_767_225_600_000_000_000
"""2026-01-01T00:00:00Z, the date when a conversation begins."""

USER_AGENT = "MyHome/Speaker/1.0.0 (Linux;Board)"
BOUNDARY = "device-boundary"


@cache
def catalogue() -> Catalogue:
    return Catalogue.load()


@dataclass(frozen=True)
class Part:
    """A part of a response: its header fields as they were sent, names included, and its body."""

    started: PartStarted
    body: bytes

    @property
    def name(self) -> str:
        return self.started.name or ""

    @property
    def content_type(self) -> str:
        return self.started.header("content-type") or ""

    @property
    def message(self) -> Any:
        return json.loads(self.body)


@dataclass
class Response:
    """What has come back on one stream so far."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    parts: list[Part] = field(default_factory=list)
    closed: bool = False
    """The closing delimiter has come."""
    ended: bool = False
    reset: int | None = None
    gone: bool = False
    """The device gave it up, or lost its connection."""

    def __post_init__(self) -> None:
        self._decoder: MultipartDecoder | None = None
        self._open: tuple[PartStarted, bytearray] | None = None

    @property
    def is_open(self) -> bool:
        return not (self.ended or self.gone or self.reset is not None)

    @property
    def directives(self) -> list[Any]:
        """``{"header", "payload"}`` of every complete directive, in the order in which they came."""
        return [part.message["directive"] for part in self.parts if part.name.partition("-")[0].endswith("Directive")]

    @property
    def names(self) -> list[str]:
        return [name_of(directive) for directive in self.directives]

    @property
    def attachments(self) -> dict[str, bytes]:
        """By Content-ID."""
        return {part.started.content_id: part.body for part in self.parts if part.started.content_id is not None}

    @property
    def error(self) -> tuple[int, str]:
        """Code and description of the error message, in either edition's envelope."""
        (part,) = self.parts
        message = part.message
        payload = message.get("directive", message)["payload"]
        return payload["code"], payload["description"]

    def start(self, status: int, headers: inputs.Headers) -> None:
        assert self.is_open, "a response that begins after its end"
        assert self.status is None, f"a second response: {status} after {self.status}"
        self.status, self.headers = status, dict(headers)
        if status != 204:
            self._decoder = MultipartDecoder(boundary(self.headers["content-type"]))

    def take(self, data: bytes) -> list[Part]:
        assert self.status is not None, "a body without a response"
        assert self.is_open, "a body after its end"
        assert self._decoder is not None, "204 has no body"
        self.body += data
        before = len(self.parts)
        for event in self._decoder.feed(data):
            match event:
                case PartStarted():
                    self._open = (event, bytearray())
                case PartData(more):
                    assert self._open is not None
                    self._open[1].extend(more)
                case PartEnded():
                    assert self._open is not None
                    self.parts.append(Part(self._open[0], bytes(self._open[1])))
                case Finished(closed):
                    self.closed = closed
        return self.parts[before:]

    def end(self) -> None:
        assert self.status is not None, "an end without a response"
        assert self.is_open, "a second end"
        self.ended = True


@cache
def requirements() -> frozenset[str]:
    lists = json.loads((data_dir("schemas").parent / "docs" / "requirements.json").read_text(encoding="utf-8"))
    return frozenset(one for ids in lists.values() for one in ids)


def check_grounds(entry: Entry) -> None:
    """What an entry rests on is a requirement or a defect note; a finding is registered and tells where and what."""
    grounds = {*entry.because, *(one for finding in entry.findings for one in finding.because)}
    unheard = {one for one in grounds - requirements() if not re.fullmatch(r"(cek|home):D-\d{2,3}", one)}
    assert not unheard, f"{entry.name} rests on {unheard}"
    for finding in entry.findings:
        known = registered(finding.code)
        assert known is not None, f"{finding.code} is not registered"
        assert finding.severity in known.severities, f"{finding.code} is no {finding.severity}"
        assert finding.said, f"{finding.code} says nothing"
        assert re.fullmatch(r"([\w-]+(\[\d+\])*(\.[\w-]+(\[\d+\])*)*)?", finding.path), finding


def name_of(directive: Mapping[str, Any]) -> str:
    return f"{directive['header']['namespace']}.{directive['header']['name']}"


class Conversation:
    """A cloud, a clock and everybody who talks with it. ``settings`` are those of ``mockcloud.yaml``, nested alike."""

    def __init__(
        self,
        *,
        recordings: Recordings | None = None,
        recogniser: Asr | None = None,
        kept: Sequence[commands.Record] | None = None,
        wall: int = WALL,
        **settings: Any,
    ) -> None:
        self.now = Instant(0)
        self.settings = apply(Settings(), settings)
        self.machine = CloudMachine(
            self.settings,
            catalogue(),
            wall=wall,
            now=self.now,
            recordings=recordings,
            recogniser=recogniser,
            kept=kept,
        )
        self.responses: dict[Exchange, Response] = {}
        self.commands: list[commands.Command] = []
        """Everything commanded so far that is not a part of a response: PINGs, calls, closed connections."""
        self.answers: dict[RequestId, Any] = {}
        self.calls: dict[CallId, Any] = {}
        """Jobs that are under way; `run_calls` ends them."""
        self.calls_run_at_once = True
        self.extension: Callable[[PostToExtension], HttpAnswer | Failure] | None = None
        """Who answers what is posted to extensions."""
        self.may_be_invalid = False
        """A test lets wrong directives out on purpose."""
        self._owners: dict[Exchange, Account] = {}
        self._unread: set[ConnectionId] = set()
        self._queue: deque[inputs.Input] = deque()
        self._numbers = count(1)
        self._states = count(1)
        self._requests = count(1)

    # The machine and its time

    def feed(self, what: inputs.Input) -> None:
        """Give the machine an input, perform what it commands, and wake it as often as it wants to be."""
        self._queue.append(what)
        self._drain()

    def _drain(self) -> None:
        for _ in range(10_000):
            if self._queue:
                self._perform(self.machine.receive(self._queue.popleft(), self.now))
            elif self._is_due():
                self._perform(self.machine.receive(inputs.Woke(), self.now))
            else:
                return
        raise AssertionError("the machine wants to be woken again and again")

    def wait(self, span: str) -> None:
        """Let time pass; what falls due meanwhile happens at its time."""
        until = self.now + duration(span)
        while (due := self.machine.next_deadline()) is not None and due <= until:
            self.now = Instant(max(self.now, due))
            self.feed(inputs.Woke())
        self.now = Instant(until)

    def _is_due(self) -> bool:
        due = self.machine.next_deadline()
        return due is not None and due <= self.now

    def _perform(self, commanded: Sequence[commands.Command]) -> None:
        for command in commanded:
            match command:
                case commands.StartResponse(ex, status, headers):
                    self.responses[ex].start(status, headers)
                case commands.SendBody(ex, data, mark):
                    self._sent(ex, data)
                    if mark is not None and ex.conn not in self._unread:
                        self._queue.append(inputs.Written(ex, mark))
                case commands.EndBody(ex):
                    self.responses[ex].end()
                case commands.ResetStream(ex, code):
                    assert self.responses[ex].is_open, "a reset after its end"
                    self.responses[ex].reset = code
                case commands.Answer(request, value):
                    assert request not in self.answers, "a second answer"
                    self.answers[request] = value
                case commands.StartCall(call, job):
                    self.calls[call] = job
                    if self.calls_run_at_once:
                        self._end_calls()
                case commands.CancelCall(call):
                    del self.calls[call]
                case _:
                    self.commands.append(command)

    def _sent(self, ex: Exchange, data: bytes) -> None:
        response = self.responses[ex]
        for part in response.take(data):
            if not part.content_type.startswith("application/json") or self.may_be_invalid:
                continue
            if response.status == 200:
                found = catalogue().check_directive(part.message, self._owners[ex].edition)
            else:
                found = min((catalogue().check_error(part.message, edition) for edition in EDITIONS), key=len)
            wrong = [finding for finding in found if finding.severity == "violation"]
            assert not wrong, f"an invalid message was sent: {wrong[0].said}\n{part.message}"

    def run_calls(self, error: str = "") -> None:
        """End every call that is under way, with its value or with an error."""
        self._end_calls(error)
        self._drain()

    def _end_calls(self, error: str = "") -> None:
        for call, job in list(self.calls.items()):
            del self.calls[call]
            value = None if error else self._outcome(job)
            self._queue.append(inputs.CallAnswered(call, value, error))

    def _outcome(self, job: Any) -> Any:
        if isinstance(job, PostToExtension):
            assert self.extension is not None, f"nobody plays the extension at {job.url}"
            return self.extension(job)
        return job.run()

    # Who talks with it

    @property
    def account(self) -> Account:
        return self.machine.core.accounts.by_id[DEFAULT_ACCOUNT]

    def connection(self, http_version: str = "2") -> "Connection":
        conn = ConnectionId(next(self._numbers))
        connection = Connection(self, conn)
        self.feed(inputs.ConnectionOpened(conn, http_version))
        return connection

    def speaker(self, device: str = "speaker", account: Account | None = None, **how: Any) -> "Speaker":
        """A device that is logged in, connected and has its downchannel."""
        speaker = Speaker(self, device, account or self.account, **how)
        speaker.connect()
        opened = speaker.downchannel()
        assert opened.status == 200, opened.error
        speaker.pushed()
        return speaker

    def ask(self, operation: Any) -> Any:
        """Ask an operation of the control API; its outcome, or ``None`` while there is none."""
        request = self.ask_later(operation)
        return self.answers.get(request)

    def ask_later(self, operation: Any) -> RequestId:
        """Ask, and look for the outcome in `answers`."""
        request = RequestId(next(self._requests))
        self.feed(inputs.Asked(request, operation))
        return request

    def web(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | str = "",
        *,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> WebResponse:
        """A whole request to authorisation, terms page or media."""
        fields = tuple({"accept": "application/json", **(headers or {})}.items())
        if form is not None:
            fields += (("content-type", "application/x-www-form-urlencoded"),)
            body = urlencode(form).encode()
        text = query if isinstance(query, str) else urlencode(query)
        response = self.ask(WebRequest(method, path, text, fields, body, "https", "cloud.test"))
        assert isinstance(response, WebResponse)
        return response

    def login(self, device: str, account: Account | None = None, **more: str) -> dict[str, Any]:
        """The way of a device to its tokens: ``/authorize``, then ``/token``."""
        account = account or self.account
        common = {"client_id": account.client_id, "device_id": device}
        asked = {**common, "response_type": "code", "state": f"s-{next(self._states)}", **more}
        naver = {"authorization": f"Bearer {account.naver_access_token}"}
        guest = more.get("request_vu") == "Y"
        code = json.loads(self.web("GET", "/authorize", asked, headers={} if guest else naver).body)["code"]
        grant = {"grant_type": "authorization_code", "client_secret": account.client_secret, "code": code, **common}
        response = self.web("GET", "/token", grant)
        assert response.status == 200, response.body
        tokens: dict[str, Any] = json.loads(response.body)
        return tokens

    # The journal

    def journal(self, account: Account | None = None, **facts: Any) -> list[Entry]:
        """Entries whose fields have these values, each with nothing in it that no list and no register knows."""
        entries = (account or self.account).journal
        for entry in entries:
            check_grounds(entry)
        return [entry for entry in entries if all(getattr(entry, name) == value for name, value in facts.items())]

    def findings(self, account: Account | None = None) -> list[str]:
        """Codes of everything that was found wrong so far."""
        return [finding.code for entry in (account or self.account).journal for finding in entry.findings]

    def scenario(self, rules: str) -> None:
        """Load these rules, written as the list of a scenario file."""
        text = "mockcloud: 1\ntitle: a test\nrules:\n" + "".join(f"  {line}\n" for line in rules.strip().splitlines())
        outcome = self.ask(op.LoadScenario(DEFAULT_ACCOUNT, text))
        assert outcome.status == 200, outcome.body


class Connection:
    """One connection of the device listener."""

    def __init__(self, talk: Conversation, conn: ConnectionId) -> None:
        self.talk = talk
        self.id = conn
        self.is_open = True
        self._streams = count(1, 2)

    def request(self, method: str, path: str, headers: Mapping[str, str], account: Account | None = None) -> "Request":
        """Begin a request; its body is open."""
        ex = Exchange(self.id, next(self._streams))
        response = self.talk.responses[ex] = Response()
        self.talk._owners[ex] = account or self.talk.account
        fields = tuple(headers.items())
        self.talk.feed(inputs.RequestStarted(ex, method, path, fields, "", "https", "cloud.test"))
        return Request(self, ex, response)

    def get(self, path: str, headers: Mapping[str, str], account: Account | None = None) -> Response:
        request = self.request("GET", path, headers, account)
        request.end()
        return request.response

    def break_http2(self, said: str) -> None:
        """Send what is none; the connection does not outlive it."""
        self.talk.feed(inputs.ProtocolBroken(self.id, said))
        self.lose(said)

    def ping(self) -> None:
        self.talk.feed(inputs.PingReceived(self.id))

    def answer_ping(self) -> None:
        self.talk.feed(inputs.PingAnswered(self.id))

    def stop_reading(self) -> None:
        """Nothing that is sent from now on leaves."""
        self.talk._unread.add(self.id)

    def lose(self, reason: str = "") -> None:
        self.is_open = False
        for ex, response in self.talk.responses.items():
            if ex.conn == self.id and response.is_open:
                response.gone = True
        self.talk.feed(inputs.ConnectionLost(self.id, reason))


class Request:
    """A request whose body the device is still sending."""

    def __init__(self, connection: Connection, ex: Exchange, response: Response) -> None:
        self.connection = connection
        self.ex = ex
        self.response = response

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.connection.talk.feed(inputs.BodyReceived(self.ex, piece))

    def end(self) -> Response:
        self.connection.talk.feed(inputs.BodyEnded(self.ex))
        return self.response

    def abort(self) -> None:
        self.response.gone = True
        self.connection.talk.feed(inputs.RequestAborted(self.ex))


class Speaker:
    """A device with its tokens, its connection and its downchannel."""

    def __init__(
        self,
        talk: Conversation,
        device: str,
        account: Account,
        *,
        user_agent: str | None = USER_AGENT,
        tags: str | None = None,
        guest: bool = False,
    ) -> None:
        self.talk = talk
        self.device = device
        self.account = account
        self.tokens = talk.login(device, account, **({"request_vu": "Y"} if guest else {}))
        self.connection: Connection | None = None
        self.channel: Response | None = None
        self._channel_request: Request | None = None
        self._user_agent = user_agent
        self._tags = tags
        self._read = 0
        self._messages = count(1)

    @property
    def headers(self) -> dict[str, str]:
        optional = {"user-agent": self._user_agent, "x-clova-device-tags": self._tags}
        return {
            "authorization": f"Bearer {self.tokens['access_token']}",
            **{name: value for name, value in optional.items() if value is not None},
        }

    def connect(self) -> Connection:
        self.connection = self.talk.connection()
        return self.connection

    def _connected(self) -> Connection:
        assert self.connection is not None
        return self.connection

    def downchannel(self) -> Response:
        """``GET /v1/directives``. If it is accepted, it is the channel whose directives `pushed` gives."""
        request = self._connected().request("GET", "/v1/directives", self.headers, self.account)
        request.end()
        if request.response.status == 200:
            self._channel_request, self.channel, self._read = request, request.response, 0
        return request.response

    def pushed(self) -> list[Any]:
        """Directives that have become complete on the downchannel since the last time this was asked."""
        assert self.channel is not None
        new = self.channel.directives[self._read :]
        self._read += len(new)
        return new

    def pushed_names(self) -> list[str]:
        return [name_of(directive) for directive in self.pushed()]

    def drop_downchannel(self) -> None:
        """Reset the stream."""
        assert self._channel_request is not None
        self._channel_request.abort()

    def get(self, path: str) -> Response:
        return self._connected().get(path, self.headers, self.account)

    def post(self, content_type: str | None = f"multipart/form-data; boundary={BOUNDARY}") -> Request:
        """Begin a request to ``/v1/events``; its body is open."""
        headers = self.headers | ({"content-type": content_type} if content_type is not None else {})
        return self._connected().request("POST", "/v1/events", headers, self.account)

    def send(self, body: bytes, content_type: str | None = f"multipart/form-data; boundary={BOUNDARY}") -> Response:
        """A whole request to ``/v1/events`` with exactly this body."""
        request = self.post(content_type)
        request.send(body)
        return request.end()

    def message(
        self,
        name: str,
        payload: Mapping[str, Any] | None = None,
        *,
        context: Iterable[Any] = (),
        dialog: str | None = None,
    ) -> dict[str, Any]:
        """The JSON of an event."""
        namespace, short = split_name(name)
        header = {"namespace": namespace, "name": short, "messageId": f"m-{self.device}-{next(self._messages)}"}
        if dialog is not None:
            header["dialogRequestId"] = dialog
        return {"context": list(context), "event": {"header": header, "payload": dict(payload or {})}}

    def event(
        self,
        name: str,
        payload: Mapping[str, Any] | None = None,
        *,
        context: Iterable[Any] = (),
        dialog: str | None = None,
        audio: Iterable[bytes] = (),
        raw: bytes | None = None,
    ) -> Response:
        """A whole event: metadata (``raw`` instead of JSON made here), then one audio part for each piece."""
        metadata = raw if raw is not None else dumps(self.message(name, payload, context=context, dialog=dialog))
        parts = [metadata_part(metadata), *(audio_part(piece) for piece in audio)]
        return self.send(MultipartWriter(BOUNDARY).whole(parts))

    def open_event(
        self,
        name: str,
        payload: Mapping[str, Any] | None = None,
        *,
        context: Iterable[Any] = (),
        dialog: str | None = None,
    ) -> Request:
        """An event whose metadata has been sent and whose request is still open, ready for more parts."""
        request = self.post()
        metadata = dumps(self.message(name, payload, context=context, dialog=dialog))
        writer = MultipartWriter(BOUNDARY)
        request.send(writer.opening() + writer.part(*metadata_part(metadata)))
        return request

    def say(self, dialog: str = "d1", **payload: Any) -> Request:
        """A SpeechRecognizer.Recognize whose audio part is open: `Request.send` takes PCM."""
        request = self.open_event("SpeechRecognizer.Recognize", {"lang": "ko", **payload}, dialog=dialog)
        request.send(AUDIO_HEADERS)
        return request


AUDIO_HEADERS = b'Content-Disposition: form-data; name="audio"\r\nContent-Type: application/octet-stream\r\n\r\n'
CLOSING = f"\r\n--{BOUNDARY}--\r\n".encode()
