"""Whatever comes in whatever order: nothing is raised, nothing is answered twice, nothing is left behind.

`Conversation` holds every command against the rules of an exchange and every message against the catalogue. Deeds
are drawn as numbers; which device, connection or request one concerns follows from them, so that sequences shrink.
"""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mockcloud.cic import operations as op
from mockcloud.cloud.accounts import Account
from mockcloud.cloud.behaviours import TABLE
from mockcloud.speech import pcm
from mockcloud.speech.transcript import Recordings
from mockcloud.vocabulary.commands import CloseConnection
from mockcloud.vocabulary.inputs import Withdrawn
from mockcloud.wire.messages import dumps
from mockcloud.wire.multipart import MultipartWriter, audio_part, metadata_part
from tests.cic.conversation import AUDIO_HEADERS, BOUNDARY, CLOSING, Connection, Conversation, Request, Speaker

SOUND = pcm.spoken("오늘 날씨 어때")
PIECES = [
    b"",
    b"\r\n",
    SOUND[:6400],
    SOUND,
    pcm.silence(700),
    pcm.silence(5200),
    CLOSING,
    f"\r\n--{BOUNDARY}\r\n".encode() + AUDIO_HEADERS,
    f"\r\n--{BOUNDARY}\r\nno header line\r\n\r\n".encode(),
    f"\r\n--{BOUNDARY}\r\nContent-Dispo".encode(),
    bytes(40_000),
]
NAMES = [
    *["TextRecognizer.Recognize", "SpeechRecognizer.Recognize", "SpeechSynthesizer.Request"] * 8,
    "Un.Known",
    *sorted(TABLE),
]
PAYLOADS: list[Any] = [
    {"text": "날씨", "lang": "ko"},
    {"text": "하나", "lang": "ja", "speechId": "s", "explicit": False},
    {"text": "음악", "token": "t", "type": "ALARM", "deviceId": "two", "repeatMode": "NONE"},
    {"lang": "ko", "initiator": {"type": "PRESS_AND_HOLD", "inputSource": "SELF"}},
    {"text": "\ud800", "token": "\ud800", "audioItemId": "\ud800/%", "lang": "\ud800", "deviceId": "\ud800"},
    {"text": None, "lang": 5, "initiator": {"payload": {"wakeWord": {"indices": {"endIndexInSamples": 1e308}}}}},
    {"audioItemId": "a/b", "audioStream": [], "token": {}, "type": 5, "deviceId": []},
    {},
]
CONTEXTS: list[Any] = [
    [],
    [{"header": {"namespace": "Device", "name": "DeviceState"}, "payload": {"volume": "loud"}}],
    [{"header": {"namespace": "Device", "name": "Display"}, "payload": {"size": "none"}}],
    [{}, {"header": None}, {"header": {"namespace": "Device", "name": "DeviceState"}}],
]
BODIES = [b"", b"nonsense", f"--{BOUNDARY}--\r\n".encode(), f"--{BOUNDARY}\r\n\r\n".encode(), bytes(60_000)]
METADATA = [b"", b"{", b"[]", b"{}", b'{"event":{},"context":[]}', b"\xff", b"[" * 1000]
CONTENT_TYPES = [None, "", "text/plain", "multipart/form-data", "multipart/form-data; boundary=" + "x" * 300]
SPANS = ["0ms", "1ms", "300ms", "1s", "6s", "11s", "61s", "2h"]
RULES = [
    "[]",
    """
- when: {says: {contains: 날씨}, nth: 2}
  then: [{speak: 두 번째}, {push: Clova.ExpectLogin, after: 5s}]
- when: {event: SpeechRecognizer.Recognize, payload: {lang: ja}}
  then: [{push: Clova.RenderText, payload: {text: x}}, {directive: Alerts.SetAlert}]
- when: {event: SpeechSynthesizer.SpeechStarted, state: ""}
  state: on
""",
    """
- when: {event: [TextRecognizer.Recognize, Alerts.AlertStarted]}
  then: [{push: Clova.ExpectLogin, after: 1h, offline: drop}, {push: Clova.ExpectLogin, offline: fail}]
""",
]
ACCOUNTS = ["default", "other", "nobody"]
MATCHES: list[Any] = [{"event": "Un.Known"}, {"directive": "Clova.Hello"}, {"says": "날씨"}, {"a": {"matches": "("}}]
SETTINGS: list[Any] = [
    {"strict": True},
    {"strict": False},
    {"edition": "4.4"},
    {"edition": "newer"},
    {"behaviour": {"speak_by": "url", "attachments": "last", "not_understood": "speak"}},
    {"behaviour": {"stop_capture_text": True, "show_recognized_text": True, "keep_recording": "0.5ms"}},
    {"behaviour": {"ping_interval": "1s", "ping_patience": "2s", "downchannel_interval": "0"}},
    {"behaviour": {"answer_without_end": "1s", "access_token_life": "2s"}},
    {"behaviour": {"answer_without_end": "0", "hang_over": "0", "longest_speech": "0"}},
    {"timezone": "Asia"},
]
DIRECTIVES: list[Any] = [
    {"header": {"namespace": "Clova", "name": "ExpectLogin"}},
    {"header": {"namespace": "Clova", "name": "RenderText", "dialogRequestId": "d"}, "payload": {"text": "x"}},
    {"header": {"namespace": "Alerts", "name": "SetAlert"}, "payload": {"token": 5}},
    {"header": {"namespace": "Un", "name": "Known"}},
    {"header": 5},
    {},
]


def pick(choices: Any, number: int) -> Any:
    return choices[number % len(choices)]


class Player:
    """Does deeds; each takes two numbers. ``converse`` makes its conversation."""

    def __init__(self, converse: Callable[..., Conversation] = Conversation) -> None:
        recordings = Recordings()
        recordings.enrol(SOUND, "오늘 날씨 어때")
        limits = {"body": 50_000, "json": 2000, "journal_entries": 50, "downchannel_parts": 6}
        self.talk = converse(recordings=recordings, limits=limits)
        self.talk.ask(op.CreateAccount(name="other"))
        self.connections: list[Connection] = []
        self.requests: list[Request] = []
        self.asked: list[Any] = []
        self.withdrawn: set[Any] = set()
        self.speakers = [Speaker(self.talk, name, self.account(whose)) for name, whose in DEVICES]

    def account(self, name: str) -> Account:
        return self.talk.machine.core.accounts.by_id[name]

    def do(self, deed: str, one: int, two: int) -> None:
        DEEDS[deed](self, one, two)
        self.requests = [each for each in self.requests if not each.response.gone]
        for command in self.talk.commands:
            if isinstance(command, CloseConnection):
                for connection in [each for each in self.connections if each.id == command.conn]:
                    self.lose(self.connections.index(connection), 0)
        self.talk.commands.clear()

    def open(self, one: int, two: int) -> None:
        self.connections.append(self.talk.connection("1.1" if one % 10 == 9 else "2"))

    def lose(self, one: int, two: int) -> None:
        if self.connections:
            connection = pick(self.connections, one)
            self.connections.remove(connection)
            connection.lose("gone" * (two % 2))

    def stop_reading(self, one: int, two: int) -> None:
        if self.connections:
            pick(self.connections, one).stop_reading()

    def speaker(self, one: int, two: int) -> Speaker | None:
        """A device with its connection, now and then with another one."""
        speaker: Speaker = pick(self.speakers, one)
        if speaker.connection not in self.connections or two % 16 == 15:
            speaker.connection = pick(self.connections, two) if self.connections else None
        return speaker if speaker.connection is not None else None

    def downchannel(self, one: int, two: int) -> None:
        if (speaker := self.speaker(one, two)) and speaker.connection is not None:
            request = speaker.connection.request("GET", "/v1/directives", speaker.headers, speaker.account)
            if one % 3:
                request.end()
            self.requests.append(request)

    def ping(self, one: int, two: int) -> None:
        if speaker := self.speaker(one, two):
            speaker.get("/ping")

    def frame_ping(self, one: int, two: int) -> None:
        if self.connections:
            connection = pick(self.connections, one)
            (connection.ping if two % 2 else connection.answer_ping)()

    def event(self, one: int, two: int) -> None:
        if speaker := self.speaker(one, two):
            speaker.send(self.body(speaker, one, two))

    def body(self, speaker: Speaker, one: int, two: int) -> bytes:
        if one % 5 == 4:
            return bytes(pick(BODIES, two))
        metadata = pick(METADATA, two) if one % 7 == 6 else self.message(speaker, one, two)
        return MultipartWriter(BOUNDARY).whole([metadata_part(metadata), audio_part(SOUND)][: 1 + two % 2])

    def message(self, speaker: Speaker, one: int, two: int) -> bytes:
        payload, context = pick(PAYLOADS, one // 3), pick(CONTEXTS, two)
        dialog = pick(["d1", "d2", None], two)
        message = speaker.message(pick(NAMES, one + two), payload, context=context, dialog=dialog)
        return json.dumps(message).encode()

    def begin(self, one: int, two: int) -> None:
        if speaker := self.speaker(one, two):
            if one % 11 == 10:
                self.requests.append(speaker.post(pick(CONTENT_TYPES, two)))
                return
            request = speaker.post()
            self.requests.append(request)
            writer = MultipartWriter(BOUNDARY)
            speech = dumps(speaker.message("SpeechRecognizer.Recognize", PAYLOADS[0]))
            metadata = self.message(speaker, one, two) if one % 2 else speech
            request.send(writer.opening() + writer.part(*metadata_part(metadata)))
            if two % 3:
                request.send(AUDIO_HEADERS)

    def send(self, one: int, two: int) -> None:
        if self.requests:
            pick(self.requests, one).send(pick(PIECES, two))

    def end(self, one: int, two: int) -> None:
        if self.requests:
            request = pick(self.requests, one)
            self.requests.remove(request)
            request.end()

    def abort(self, one: int, two: int) -> None:
        if self.requests:
            pick(self.requests, one).abort()

    def wait(self, one: int, two: int) -> None:
        self.talk.wait(pick(SPANS, one))

    def calls(self, one: int, two: int) -> None:
        self.talk.calls_run_at_once = bool(one % 2)
        self.talk.run_calls(error="" if two % 2 else "failed")

    def ask(self, one: int, two: int) -> None:
        self.asked.append(self.talk.ask_later(self.operation(one, two)))

    def operation(self, one: int, two: int) -> Any:
        whose = pick(ACCOUNTS, two)
        return pick(
            [
                lambda: op.Push(account=whose, directive=pick(DIRECTIVES, two), wait_ms=two % 2 * 5000),
                lambda: op.WaitForJournal(account=whose, match=pick(MATCHES, two), count=two % 3, timeout_ms=two * 900),
                lambda: op.ReadJournal(account=whose, only=pick(["", "unmatched", "violations"], two), limit=two % 4),
                lambda: op.SetClock(account=whose, action="advance", by=pick(["5s", "2h", "x", "P99999999D"], two)),
                lambda: op.SetClock(account=whose, action=pick(["freeze", "reset"], two)),
                lambda: op.LoadScenario(whose, f"mockcloud: 1\ntitle: t\nrules: {pick(RULES, two)}"),
                lambda: op.QueueUtterance(account=whose, text="날씨", device=pick([None, "one"], two)),
                lambda: op.ChangeAccount(whose, pick(SETTINGS, two)),
                lambda: op.ResetAccount(whose),
                lambda: op.ExpireTokens(whose),
                lambda: op.SetTerms(whose, bool(two % 2)),
                lambda: op.CreateAccount(name=whose),
                lambda: op.DeleteAccount("other"),
                lambda: op.CloseChannel(f"{two}-1"),
                lambda: op.ListChannels(),
                lambda: op.ListAccounts(),
                lambda: op.Measure(),
                lambda: op.SetSeed(whose, two),
                lambda: op.RevokeTokens("other"),
            ],
            one,
        )()

    def withdraw(self, one: int, two: int) -> None:
        if self.asked:
            self.withdrawn.add(pick(self.asked, one))
            self.talk.feed(Withdrawn(pick(self.asked, one)))

    def login(self, one: int, two: int) -> None:
        speaker = pick(self.speakers, one)
        issued = self.talk.ask(op.IssueToken(speaker.account.id, speaker.device))
        if issued.status == 201:
            speaker.tokens, speaker.account = issued.body, self.account(speaker.account.id)

    def finish(self) -> None:
        """Everybody goes; then so much time passes that nothing is waited for any more."""
        while self.connections:
            self.lose(0, 0)
        self.talk.run_calls()
        self.talk.wait("10000h")


DEVICES = [("one", "default"), ("two", "default"), ("three", "other")]
DEEDS: dict[str, Callable[[Player, int, int], None]] = {
    "open": Player.open,
    "downchannel": Player.downchannel,
    "event": Player.event,
    "begin": Player.begin,
    "send": Player.send,
    "end": Player.end,
    "abort": Player.abort,
    "lose": Player.lose,
    "stop reading": Player.stop_reading,
    "ping": Player.ping,
    "frame ping": Player.frame_ping,
    "wait": Player.wait,
    "calls": Player.calls,
    "ask": Player.ask,
    "withdraw": Player.withdraw,
    "login": Player.login,
}
NUMBERS = st.integers(0, 210)
# Uploads are what most can go wrong with, so most deeds are about them.
OFTEN = ["downchannel", "begin", "begin", "send", "send", "send", "end", "event", "event", "wait", "ask", *DEEDS]
A_DEED = st.tuples(st.sampled_from(OFTEN), NUMBERS, NUMBERS)
CONNECTED = [("open", 0, 0), ("downchannel", 1, 0), ("downchannel", 2, 0)]


@settings(max_examples=150)
@given(st.lists(A_DEED, max_size=40))
def test_whatever_happens_the_cloud_keeps_the_rules_and_leaves_nothing_behind(deeds: list[Any]) -> None:
    player = Player()
    for deed in [*CONNECTED, *deeds]:
        player.do(*deed)
    player.finish()
    core = player.talk.machine.core
    assert core.connections == {}
    assert core.exchanges == {}
    assert core.downchannels == {}
    assert core.calls == {}
    assert core.waits == []
    assert core.never_written == []
    assert core.timers.next_due() is None
    assert set(player.asked) - player.withdrawn <= set(player.talk.answers)
    for account in core.accounts:
        assert len(account.journal) <= 50
        assert all(len(device.held) <= 6 for device in account.devices.values())
