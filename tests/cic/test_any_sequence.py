"""Whatever comes in whatever order: nothing is raised, nothing is answered twice, nothing is left behind.

`Conversation` holds every command against the rules of an exchange and every message against the catalogue. Deeds
are drawn as numbers; which device, connection or request one concerns follows from them, so that sequences shrink.
"""

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mockcloud.cek.exchange import HttpAnswer, PostToExtension
from mockcloud.cek.failures import Failure
from mockcloud.cek.paths import REDIRECT_PATH
from mockcloud.cic import operations as op
from mockcloud.cloud.accounts import Account
from mockcloud.cloud.behaviours import TABLE
from mockcloud.speech import pcm
from mockcloud.speech.transcript import Recordings
from mockcloud.vocabulary.commands import CloseConnection, Command, StartCall
from mockcloud.vocabulary.inputs import Withdrawn
from mockcloud.wire.http import WebRequest
from mockcloud.wire.messages import dumps
from mockcloud.wire.multipart import MultipartWriter, audio_part, metadata_part
from tests.cic.conversation import AUDIO_HEADERS, BOUNDARY, CLOSING, Connection, Conversation, Request, Speaker
from tests.cloud.extensions.skills import DICE, PIZZA, answer

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
SKILLS: list[dict[str, Any]] = [
    PIZZA,
    DICE,
    {**PIZZA, "linking": {"built_in": True}},
    {**PIZZA, "audio_player": True, "testers": [], "enabled": False},
    {**PIZZA, "linking": {"login_url": "https://login.test/", "client_id": "c", "grant": "token"}},
    {
        **PIZZA,
        "linking": {
            "login_url": "https://login.test/",
            "client_id": "c",
            "client_secret": "s",
            "access_token_uri": "https://login.test/token",
        },
    },
    {**DICE, "model": {"intents": {"Broken": {"tsv": "no heading"}}}},
    {**DICE, "invocation_names": ["피자봇"]},
    {"id": "a b", "name": "", "invocation_names": [], "url": "ftp://nowhere"},
]
TO_SKILLS = [
    "피자봇 시작해줘",
    "피자봇에서 배달 언제 와",
    "배달 언제 와",
    "치즈 피자 시켜줘",
    "サイコロ遊びを起動して",
    "그만",
    "네",
]
ANSWERS: list[Any] = [
    answer("네", ends=False, reprompt="다시?"),
    answer("네", ends=False, attributes={"a": 1}),
    answer("네"),
    answer(directives=[{"header": {"namespace": "PlaybackController", "name": "Pause"}, "payload": {}}]),
    answer(directives=[{"header": {"namespace": "Clova", "name": "StartExtension"}, "payload": {"extension": "x"}}]),
    {"access_token": "a", "refresh_token": "r", "token_type": "Bearer", "expires_in": 5},
    {"response": None},
    Failure("timeout", "nothing came"),
    HttpAnswer(500, (), b"\xff"),
]
FAULTS = [
    "[]",
    "{on: event, effect: system_exception, code: 503, times: always, chance: 0.5}",
    "{on: event, at: headers, effect: delay, by: 3s, sigma: 0.5, times: 3}",
    "{on: event, at: metadata, effect: status}",
    "{on: event, at: audio, effect: reset_stream}",
    "{on: event, at: part, effect: trickle, every: 1s}",
    "{on: event, at: after part + 50%, effect: stall}",
    "{on: event, at: end, effect: reset_stream, code: CANCEL}",
    "{on: downchannel, at: before part, effect: delay, by: 1h}",
    "{on: downchannel, effect: silence, after: 5s}",
    "{on: downchannel, effect: goaway}",
    "{on: downchannel, at: part, effect: duplicate_directive, times: always}",
    "{on: downchannel, at: hello, effect: stall, device: two}",
    "{on: ping, at: headers, effect: stall}",
    "{on: extension, at: headers, effect: delay, by: 4s}",
    "{on: extension, at: end, effect: cut, times: always}",
    "{on: token, at: headers, effect: status, code: 500}",
    "{on: media, at: headers, effect: reset_stream, times: always}",
    "{on: event, effect: no such effect}",
]
PAGES = ["/authorize", "/token", REDIRECT_PATH, "/media/speech/ko/7JWI64WV.mp3", "/al/default/x/authorize", "/no/such"]
QUERIES = ["", "state=5&code=c", "response_type=code&client_id=c&device_id=one&state=s", "code=%ff&code=", "a" * 5000]


def pick(choices: Any, number: int) -> Any:
    return choices[number % len(choices)]


class Player:
    """Does deeds; each takes two numbers. ``converse`` makes its conversation."""

    def __init__(self, converse: Callable[..., Conversation] = Conversation) -> None:
        recordings = Recordings()
        recordings.enrol(SOUND, "오늘 날씨 어때")
        limits = {"body": 50_000, "json": 2000, "journal_entries": 50, "downchannel_parts": 6}
        self.talk = converse(recordings=recordings, limits=limits)
        self.talk.extension = self._answer
        self.answered = 0
        self.commands: list[Command] = []
        self._listen()
        self.talk.ask(op.CreateAccount(name="other"))
        self.connections: list[Connection] = []
        self.requests: list[Request] = []
        self.asked: list[Any] = []
        self.withdrawn: set[Any] = set()
        self.speakers = [Speaker(self.talk, name, self.account(whose)) for name, whose in DEVICES]

    def _listen(self) -> None:
        receive = self.talk.machine.receive

        def listened(*given: Any) -> list[Command]:
            commands = receive(*given)
            self.commands += map(comparable, commands)
            return commands

        self.talk.machine.receive = listened  # type: ignore[method-assign, assignment]

    def _answer(self, job: PostToExtension) -> HttpAnswer | Failure:
        """Whoever is posted to: every extension, and every authorization server."""
        self.answered += 1
        what = pick(ANSWERS, self.answered)
        return what if isinstance(what, HttpAnswer | Failure) else HttpAnswer(200, (), dumps(what))

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

    def skill(self, one: int, two: int) -> None:
        """Something is done about an extension."""
        self.asked.append(self.talk.ask_later(self.about_skills(one, two)))

    def about_skills(self, one: int, two: int) -> Any:
        written = dict(pick(SKILLS, two))
        which, whose = written.pop("id"), pick(["default", "default", "other", "nobody"], two // 9)
        return pick(
            [
                lambda: op.PutExtension(which, written, whose),
                lambda: op.PutExtension(which, written, whose),
                lambda: op.PutExtension(which, written, whose),
                lambda: op.DeleteExtension(which, whose),
                lambda: op.ReadExtension(which, whose),
                lambda: op.ListExtensions(whose),
                lambda: op.ProbeExtension(which, whose),
                lambda: op.AskExtension(which, whose, utterance=pick(TO_SKILLS, two)),
                lambda: op.AskExtension(which, whose, request=pick([{}, {"request": {"intent": 5}}], two)),
                lambda: op.StartLink(which, whose),
                lambda: op.SetLink(which, "access", "refresh", pick([None, 0, 5], two), whose),
                lambda: op.SpoilLink(which, pick(["expire", "revoke", "break"], two), whose),
                lambda: op.ReadLink(which, whose),
                lambda: op.Unlink(which, whose),
            ],
            one,
        )()

    def talk_to_skill(self, one: int, two: int) -> None:
        if speaker := self.speaker(one, two):
            speaker.event("TextRecognizer.Recognize", {"text": pick(TO_SKILLS, two)}, dialog=f"d{two % 4}")

    def app(self, one: int, two: int) -> None:
        """Something is done in the companion app."""
        self.asked.append(self.talk.ask_later(self.in_app(one, two)))

    def in_app(self, one: int, two: int) -> Any:
        device, whose = pick([*(name for name, _ in DEVICES), "none"], two), pick(ACCOUNTS, two // 4)
        when = pick(["2026-01-01T09:00:05+09:00", "2026-01-02T00:00:00", "2026-02-30T00:00:00", "x", ""], two)
        return pick(
            [
                lambda: op.SetAlert(
                    account=whose, device=device, type="ALARM", scheduled_time=when, repeat=("monday",) * (two % 2)
                ),
                lambda: op.ListAlerts(whose),
                lambda: op.DeleteAlert(whose, "t"),
                lambda: op.StopAlert(whose, "t"),
                lambda: op.RequestPlayback(whose, pick([None, device], two)),
                lambda: op.ReadPlayback(whose),
                lambda: op.RequestPlayerInfo(whose, device),
                lambda: op.Delegate(whose, device, pick(["음악 틀어줘", ""], two)),
                lambda: op.GivePin(whose, device, pick(["1234", ""], two)),
                lambda: op.Notify(account=whose, text="택배", present=bool(two % 2), device=pick([None, device], two)),
                lambda: op.ClearNotifications(whose),
                lambda: op.RegisterDevice(whose, device, "거실"),
                lambda: op.RemoveDevice(whose, device),
                lambda: op.LogIn(whose, device),
                lambda: op.AssignButton(whose, pick(["1", "9"], two), "음악 틀어줘"),
                lambda: op.SetState(whose, "on"),
            ],
            one,
        )()

    def fault(self, one: int, two: int) -> None:
        self.talk.may_be_invalid = True
        text, whose = pick(FAULTS, one), pick(ACCOUNTS, two)
        self.asked.append(
            self.talk.ask_later(
                op.SetFault(whose, f"f{two % 3}", text) if two % 4 else op.SetFaults(whose, f"[{text.strip('[]')}]")
            )
        )

    def lift(self, one: int, two: int) -> None:
        whose = pick(ACCOUNTS, two)
        self.asked.append(
            self.talk.ask_later(op.RemoveFault(whose, f"f{one % 3}") if one % 2 else op.RemoveFaults(whose))
        )

    def web(self, one: int, two: int) -> None:
        """A request beside the CIC endpoints: of a browser, of a device's player."""
        method = pick(["GET", "GET", "POST", "HEAD"], one // 7)
        self.asked.append(
            self.talk.ask_later(
                WebRequest(
                    method, pick(PAGES, one), pick(QUERIES, two), (), b"a=%ff&b" * (two % 2), "https", "cloud.test"
                )
            )
        )

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
    "skill": Player.skill,
    "talk to skill": Player.talk_to_skill,
    "app": Player.app,
    "fault": Player.fault,
    "lift": Player.lift,
    "web": Player.web,
}
NUMBERS = st.integers(0, 210)
# Uploads are what most can go wrong with, so most deeds are about them.
OFTEN = [
    *["downchannel", "begin", "begin", "send", "send", "send", "end", "event", "event", "wait", "ask"],
    *["skill", "talk to skill", "talk to skill"],
    *DEEDS,
]
A_DEED = st.tuples(st.sampled_from(OFTEN), NUMBERS, NUMBERS)
CONNECTED = [("open", 0, 0), ("downchannel", 1, 0), ("downchannel", 2, 0)]


def comparable(command: Command) -> Command:
    """Work is a function with what it needs; what is posted is bytes."""
    if isinstance(command, StartCall) and not isinstance(command.job, PostToExtension):
        return StartCall(command.call, type(command.job), command.patience)
    return command


def played(deeds: list[Any]) -> Player:
    player = Player()
    for deed in [*CONNECTED, *deeds]:
        player.do(*deed)
    player.finish()
    return player


@settings(max_examples=2 * settings().max_examples)
@given(st.lists(A_DEED, max_size=40))
def test_whatever_happens_the_cloud_keeps_the_rules_and_leaves_nothing_behind(deeds: list[Any]) -> None:
    player = played(deeds)
    core = player.talk.machine.core
    assert core.connections == {}
    assert core.exchanges == {}
    assert core.downchannels == {}
    assert core.calls == {}
    assert core.refreshing == {}
    assert core.session_timers == {}
    assert core.waits == []
    assert core.never_written == []
    assert core.faults_to_set == []
    assert core.timers.next_due() is None
    assert set(player.asked) - player.withdrawn <= set(player.talk.answers)
    for account in core.accounts:
        entries = player.talk.journal(account)
        assert len(entries) <= 50
        assert all(one.seq < next_one.seq for one, next_one in pairwise(entries))
        assert all(len(device.held) <= 6 for device in account.devices.values())


@settings(max_examples=settings().max_examples // 4)
@given(st.lists(A_DEED, min_size=10, max_size=40))
def test_the_same_deeds_lead_to_the_same_commands(deeds: list[Any]) -> None:
    assert played(deeds).commands == played(deeds).commands
