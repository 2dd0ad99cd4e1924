"""Tokens, connection, downchannel, PING."""

from datetime import UTC, datetime
from itertools import pairwise, product
from operator import attrgetter
from urllib.parse import parse_qs, urlsplit

import pytest

from mockcloud.client import alerts, connection, dialog, player, tokens, voice
from mockcloud.client.profile import USER_AGENT
from mockcloud.client.vocabulary import (
    AnswerTerms,
    Connect,
    Connected,
    ConnectFailed,
    Did,
    Disconnect,
    Disconnected,
    Login,
    Power,
    ResetRequest,
    ResponseData,
    ResponseEnded,
    ResponseReset,
    ResponseStarted,
    Say,
    SendPing,
    SendRequest,
    SetClock,
    Start,
    Stop,
    Type,
    WentAway,
    Woke,
)
from mockcloud.clock import MILLISECOND, SECOND, instant_of
from mockcloud.vocabulary import ConnectionId

DATE = instant_of(datetime(2026, 3, 1, tzinfo=UTC))
"""When the device is made."""
SYNC = "Alerts.RequestSynchronizeAlert"
CREDENTIALS = {"client_id": "c", "client_secret": "s", "device_id": "d", "naver_access_token": "naver"}
ISSUED = {"access_token": "a1", "refresh_token": "r1", "expires_in": 3600, "token_type": "Bearer"}


def query(fetch):
    return {name: values[0] for name, values in parse_qs(urlsplit(fetch.url).query).items()}


def form(fetch):
    return {name: values[0] for name, values in parse_qs(fetch.body.decode()).items()}


def authorize(rig):
    """Answer /authorize and /token."""
    asked = rig.fetches()[-1]
    rig.reply(asked.request, 200, {"code": "code-1", "state": query(asked)["state"]})
    rig.reply(rig.fetches()[-1].request, 200, ISSUED)


@pytest.mark.parametrize("machine", [alerts, connection, dialog, player, tokens, voice])
def test_every_state_input_and_action_of_a_table_has_its_use(machine):
    reached = {target for target, _ in machine.TABLE.values()} | {next(iter(machine.State))}
    assert reached | {tokens.State.HELD} >= set(machine.State), "a state that nothing leads to"
    assert {on for _, on in machine.TABLE} == set(machine.On), "an input that nothing takes"
    assert {action for _, action in machine.TABLE.values()} == set(machine.Action), "an action that nothing asks for"
    assert set(machine.ACTIONS) == set(machine.Action), "an action that nobody does"


UNCHANGING = [
    pytest.param(name, state, on, id=f"{name}-{state.name}-{on.name}")
    for name, machine in (
        ("connection", connection),
        ("connection.tokens", tokens),
        ("dialog", dialog),
        ("voice", voice),
        ("player", player),
    )
    for state, on in product(machine.State, machine.On)
    if (state, on) not in machine.TABLE
]


@pytest.mark.parametrize(("name", "state", "on"), UNCHANGING)
def test_pairs_that_are_not_in_a_table_change_nothing(make_rig, name, state, on):
    device = make_rig().device
    part = attrgetter(name)(device)
    part.state = state
    part.feed(on)
    assert part.state is state
    assert device.next_deadline() is None
    assert device.receive(Woke(), 0) == []


@pytest.mark.spec("D-001", "D-006", "D-022")
def test_the_first_request_on_a_connection_is_the_downchannel(make_rig):
    rig = make_rig()
    rig.do(Start())
    assert rig.commands(Connect) == [Connect("https://cic.test")]
    rig.connected()
    (request,) = rig.commands(SendRequest)
    assert (request.method, request.path, request.end) == ("GET", "/v1/directives", True)
    assert dict(request.headers)["authorization"] == "Bearer token-1"
    assert dict(request.headers)["user-agent"] == USER_AGENT


@pytest.mark.spec("D-023", "D-025", "D-114")
def test_no_event_before_hello_then_the_alerts_are_asked_for(make_rig):
    rig = make_rig()
    rig.do(Start())
    rig.connected()
    rig.feed(ResponseStarted(rig.channel, 200, (("content-type", "multipart/related; boundary=b"),)))
    rig.do(Type("날씨"))
    rig.do(Say(pcm=bytes(6400)))
    rig.advance(3000)
    assert rig.events == []
    rig.feed(ResponseData(rig.channel, b'--b\r\nA: b\r\n\r\n{"directive":{"header":{"namespace":"Clova",'))
    rig.feed(ResponseData(rig.channel, b'"name":"Hello","messageId":"m"},"payload":{}}}\r\n--b\r'))
    assert rig.events == []
    rig.feed(ResponseData(rig.channel, b"\n"))
    assert [e.name for e in rig.events] == [SYNC, "TextRecognizer.Recognize", "SpeechRecognizer.Recognize"]


@pytest.mark.spec("D-056", "D-057", "D-061", "D-169", "D-171")
def test_the_downchannel_works_part_by_part(rig):
    rig.push("Test.Unknown", {"a": 1})
    rig.push("DeviceControl.ExpectReportState")
    assert rig.names == ["DeviceControl.ReportState"]


@pytest.mark.spec("D-024", "D-026")
@pytest.mark.parametrize("end", ["ended", "reset"])
def test_a_downchannel_that_is_over_is_opened_anew_at_once_on_the_same_connection(rig, end):
    old = rig.channel
    rig.feed(ResponseEnded(old) if end == "ended" else ResponseReset(old, 2))
    assert rig.channel != old
    assert rig.connects() == 1
    assert not rig.device.connection.is_ready
    rig.hello()
    assert [e.name for e in rig.events] == [SYNC, SYNC]


@pytest.mark.spec("D-027", "D-114")
def test_a_lost_connection_is_made_anew_at_once(rig):
    rig.feed(Disconnected("reset by peer"))
    assert rig.connects() == 2
    rig.connected()
    rig.hello()
    rig.do(Type("날씨"))
    assert [e.name for e in rig.events] == [SYNC, SYNC, "TextRecognizer.Recognize"]


def test_after_goaway_the_device_leaves_and_comes_back(rig):
    rig.feed(WentAway(0))
    assert rig.sent.index(Disconnect()) < max(i for i, c in enumerate(rig.sent) if isinstance(c, Connect))
    assert rig.connects() == 2


def test_repeated_failures_wait_ever_longer_up_to_a_minute(make_rig):
    rig = make_rig()
    rig.do(Start())
    waits = []
    for _ in range(12):
        rig.feed(ConnectFailed("nothing listens"))
        begun, count = rig.now, rig.connects()
        while rig.connects() == count and (due := rig.device.next_deadline()) is not None:
            rig.advance((due - rig.now) / MILLISECOND)
        waits.append((rig.now - begun) / 1e9)
    assert waits[0] == 0
    for n, wait in enumerate(waits[1:]):
        assert min(60, 2**n) / 2 <= wait <= min(60, 2**n)
    assert "nothing listens" in rig.troubles()


def test_the_waits_depend_on_the_seed_alone(make_rig):
    def run():
        rig = make_rig()
        rig.do(Start())
        for _ in range(5):
            rig.feed(ConnectFailed("no"))
            rig.advance(20_000)
        return rig.sent

    assert run() == run()


def test_a_downchannel_that_held_makes_the_next_attempt_immediate_again(rig):
    for _ in range(3):
        rig.advance(6000)
        rig.feed(ResponseEnded(rig.channel))
        rig.hello()
    assert rig.device.connection.is_ready
    rig.feed(ResponseEnded(rig.channel))
    rig.hello()
    rig.feed(ResponseEnded(rig.channel))
    assert rig.states("connection")[-1] == "REOPENING"


@pytest.mark.spec("D-028")
def test_after_412_the_downchannel_comes_first_then_the_event(rig):
    rig.do(Type("날씨"))
    old, refused = rig.channel, rig.last("TextRecognizer.Recognize")
    rig.answer(refused.request, status=412)
    assert ResetRequest(old) in rig.sent
    assert rig.last("TextRecognizer.Recognize") == refused
    rig.hello()
    repeated = rig.last("TextRecognizer.Recognize")
    assert repeated.dialog_request_id == refused.dialog_request_id
    assert repeated.message["event"]["header"]["messageId"] != refused.message["event"]["header"]["messageId"]
    rig.answer(repeated.request, status=412)
    assert len(rig.named("TextRecognizer.Recognize")) == 2


@pytest.mark.spec("D-024", "D-029")
def test_after_429_the_device_waits(make_rig):
    rig = make_rig()
    rig.do(Start())
    rig.connected()
    rig.reply(rig.channel, 429)
    rig.advance(1999)
    assert len(rig.requests("/v1/directives")) == 1
    rig.advance(1)
    assert len(rig.requests("/v1/directives")) == 2


@pytest.mark.spec("D-030", "D-031")
@pytest.mark.parametrize("outer", [True, False])
def test_an_error_is_told_and_the_device_stays_connected(rig, outer):
    rig.do(Type("날씨"))
    request = rig.last("TextRecognizer.Recognize").request
    message = (
        '{"header":{"namespace":"System","name":"Exception","messageId":"m"},'
        '"payload":{"code":500,"description":"internal"}}'
    )
    body = f'{{"directive":{message}}}' if outer else message
    rig.answer(request, b"Content-Type: application/json\r\n\r\n" + body.encode(), status=500)
    assert any("500 internal" in said for said in rig.troubles())
    assert rig.device.connection.is_ready
    rig.do(Type("다시"))
    assert rig.last("TextRecognizer.Recognize").payload == {"text": "다시"}


@pytest.mark.spec("D-032")
def test_a_ping_goes_out_every_minute(rig):
    for minute in range(1, 6):
        rig.advance(60_000)
        assert len(rig.commands(SendPing)) == minute
    assert rig.connects() == 1


@pytest.mark.spec("D-034")
def test_without_an_answer_to_ping_a_new_connection_is_made(rig):
    rig.answers_pings = False
    rig.advance(60_000 + 29_999)
    assert rig.connects() == 1
    rig.advance(1)
    assert rig.connects() == 2
    assert Disconnect() in rig.sent
    rig.connected()
    rig.hello()
    rig.advance(60_000)
    assert len(rig.commands(SendPing)) == 2


def test_a_device_that_is_switched_off_stays_off(rig):
    rig.do(Power(False))
    rig.feed(Disconnected())
    rig.advance(600_000)
    assert rig.connects() == 1
    assert rig.device.next_deadline() is None
    rig.do(Power(True))
    assert rig.connects() == 2


def test_stopping_while_connecting_gives_the_attempt_up(make_rig):
    rig = make_rig()
    rig.do(Start())
    rig.feed(Did(Stop()))
    assert rig.sent[-1] == Disconnect() or Disconnect() in rig.sent
    rig.feed(Connected(ConnectionId(1)))
    assert rig.commands(SendRequest) == []


# --- tokens ---


@pytest.mark.spec("D-008", "D-009", "D-014", "D-006")
def test_a_token_is_got_before_connecting(make_rig):
    rig = make_rig(access_token=None, **CREDENTIALS)
    rig.do(Start())
    (asked,) = rig.fetches()
    assert asked.method == "GET"
    assert asked.url.startswith("https://cic.test/authorize?")
    assert query(asked).items() >= {"client_id": "c", "device_id": "d", "response_type": "code"}.items()
    assert dict(asked.headers).items() >= {"accept": "application/json", "authorization": "Bearer naver"}.items()
    rig.reply(asked.request, 200, {"code": "code-1", "state": query(asked)["state"]})
    exchanged = rig.fetches()[1]
    assert query(exchanged) == {"grant_type": "authorization_code"}
    assert form(exchanged) == {"client_id": "c", "client_secret": "s", "code": "code-1", "device_id": "d"}
    assert rig.connects() == 0
    rig.reply(exchanged.request, 200, ISSUED)
    rig.connected()
    assert dict(rig.commands(SendRequest)[0].headers)["authorization"] == "Bearer a1"


@pytest.mark.spec("D-020")
def test_a_guest_asks_without_a_naver_token(make_rig):
    rig = make_rig(access_token=None, **{**CREDENTIALS, "naver_access_token": None})
    rig.do(Start())
    assert query(rig.fetches()[0])["request_vu"] == "Y"
    assert "authorization" not in dict(rig.fetches()[0].headers)
    authorize(rig)
    assert rig.connects() == 1


@pytest.mark.spec("D-021", "D-115")
def test_a_guest_that_logs_in_authorises_anew(make_rig, parts):
    rig = make_rig(access_token=None, **{**CREDENTIALS, "naver_access_token": None})
    rig.do(Start())
    authorize(rig)
    rig.connected()
    rig.hello()
    rig.do(Type("주문"))
    sent = rig.last("TextRecognizer.Recognize")
    rig.answer(sent.request, parts[0]("Clova.ExpectLogin", {}, sent.dialog_request_id))
    rig.do(Login("naver-2"))
    assert dict(rig.fetches()[-1].headers)["authorization"] == "Bearer naver-2"
    authorize(rig)
    assert rig.connects() == 2
    rig.connected()
    rig.hello()
    assert rig.events[-1].name == SYNC
    assert len(rig.named("TextRecognizer.Recognize")) == 1


@pytest.mark.spec("D-010")
def test_a_wrong_state_ends_the_authorisation(make_rig):
    rig = make_rig(access_token=None, **CREDENTIALS)
    rig.do(Start())
    rig.reply(rig.fetches()[0].request, 200, {"code": "code-1", "state": "forged"})
    rig.advance(600_000)
    assert len(rig.fetches()) == 1
    assert rig.states("tokens")[-1] == "REFUSED"


PAGE = b'<html><form method="post" action="/agree"><input type="hidden" name="code" value="c&amp;1">'


def asked_for_terms(make_rig):
    rig = make_rig(access_token=None, **CREDENTIALS)
    rig.do(Start())
    asked = rig.fetches()[0]
    answer = {"code": "c-1", "state": query(asked)["state"], "redirect_uri": "https://cic.test/terms?code=c-1"}
    rig.reply(asked.request, 451, answer)
    assert rig.fetches()[1].url == "https://cic.test/terms?code=c-1"
    rig.reply(rig.fetches()[1].request, 200, PAGE)
    return rig


@pytest.mark.spec("D-011", "D-012")
@pytest.mark.parametrize("result", ["success", "failure"])
def test_the_terms_hold_everything_up_until_they_are_agreed_to(make_rig, result):
    rig = asked_for_terms(make_rig)
    rig.advance(600_000)
    assert len(rig.fetches()) == 2
    rig.do(AnswerTerms(True))
    sent = rig.fetches()[2]
    assert (sent.method, sent.url, form(sent)) == ("POST", "https://cic.test/agree", {"code": "c&1"})
    rig.reply(sent.request, 302, location=f"clova://agreement-{result}")
    rig.advance(600_000)
    assert [urlsplit(f.url).path for f in rig.fetches()[3:]] == (["/token"] if result == "success" else [])


@pytest.mark.spec("D-012")
def test_terms_that_are_declined_end_the_authorisation(make_rig):
    rig = asked_for_terms(make_rig)
    rig.do(AnswerTerms(False))
    rig.advance(600_000)
    assert len(rig.fetches()) == 2
    assert "not agreed to" in rig.troubles()[-1]


def test_terms_that_nobody_asked_for_cannot_be_answered(rig):
    rig.do(AnswerTerms(True))
    assert "no terms" in rig.troubles()[0]
    assert rig.device.connection.is_ready


@pytest.mark.spec("D-015", "D-017")
def test_a_token_is_refreshed_before_it_expires_each_time_with_the_newest_refresh_token(make_rig):
    rig = make_rig(access_token=None, **CREDENTIALS)
    rig.do(Start())
    authorize(rig)
    for n in (1, 2):
        before = len(rig.fetches())
        rig.advance(3_539_999)
        assert len(rig.fetches()) == before
        rig.advance(1)
        refresh = rig.fetches()[-1]
        assert query(refresh) == {"grant_type": "refresh_token"}
        assert form(refresh)["refresh_token"] == f"r{n}"
        issued = {**ISSUED, "access_token": f"a{n + 1}", "refresh_token": f"r{n + 1}"}
        rig.reply(refresh.request, 200, issued)


@pytest.mark.spec("D-015")
def test_a_token_ages_by_the_devices_clock(make_rig):
    rig = make_rig(access_token=None, **CREDENTIALS)
    rig.do(Start())
    authorize(rig)
    before = len(rig.fetches())
    expiry = DATE + 3600 * SECOND
    rig.do(SetClock(expiry - 61 * SECOND, frozen=True))
    rig.advance(120_000)
    assert len(rig.fetches()) == before
    rig.do(SetClock(expiry - 60 * SECOND))
    assert query(rig.fetches()[-1]) == {"grant_type": "refresh_token"}


@pytest.mark.parametrize("seconds_left", [30, 0])
def test_a_device_that_was_off_is_told_by_cic_that_its_token_has_run_out(make_rig, seconds_left):
    rig = make_rig(access_token=None, **CREDENTIALS)
    rig.do(Start())
    authorize(rig)
    before = len(rig.fetches())
    rig.do(Power(False))
    rig.do(SetClock(DATE + (3600 - seconds_left) * SECOND))
    rig.do(Power(True))
    assert len(rig.fetches()) == before


@pytest.mark.spec("D-016", "D-018")
def test_401_refreshes_once_and_repeats_the_request_with_the_new_token(make_rig):
    rig = make_rig(refresh_token="r0", **CREDENTIALS).start()
    rig.do(Type("하나"))
    first = rig.last("TextRecognizer.Recognize")
    rig.do(Type("둘"))
    second = rig.last("TextRecognizer.Recognize")
    rig.answer(first.request, status=401)
    rig.answer(second.request, status=401)
    (refresh,) = rig.fetches()
    assert form(refresh)["refresh_token"] == "r0"
    rig.reply(refresh.request, 200, ISSUED)
    repeated = rig.requests("/v1/events")[-2:]
    assert {dict(r.headers)["authorization"] for r in repeated} == {"Bearer a1"}
    assert len(rig.named("TextRecognizer.Recognize")) == 4


@pytest.mark.spec("D-018")
def test_a_refused_token_is_not_used_any_more(make_rig):
    rig = make_rig(refresh_token="r0", **CREDENTIALS).start()
    rig.do(Type("하나"))
    rig.answer(rig.last("TextRecognizer.Recognize").request, status=401)
    rig.do(Type("둘"))
    rig.push("DeviceControl.ExpectReportState")
    assert len(rig.requests("/v1/events")) == 2
    rig.reply(rig.fetches()[0].request, 200, ISSUED)
    assert {dict(r.headers)["authorization"] for r in rig.requests("/v1/events")[2:]} == {"Bearer a1"}
    assert rig.names == [
        "TextRecognizer.Recognize",
        "TextRecognizer.Recognize",
        "DeviceControl.ReportState",
        "TextRecognizer.Recognize",
    ]


@pytest.mark.spec("D-018")
def test_a_new_token_that_is_refused_too_is_not_refreshed_in_a_loop(make_rig):
    rig = make_rig(refresh_token="r0", **CREDENTIALS)
    rig.do(Start())
    rig.connected()
    asked = []
    for n in range(300):
        if rig.device._core.responses.get(rig.channel):
            rig.reply(rig.channel, 401)
        last = rig.fetches()[-1]
        if last.request in rig.device._core.responses:
            asked.append(rig.now / 1e9)
            rig.reply(last.request, 200, {**ISSUED, "access_token": f"a{n}", "refresh_token": f"r{n}"})
        rig.advance(1000)
    assert len(asked) < 15
    assert max(later - earlier for earlier, later in pairwise(asked)) >= 30


def test_a_refused_refresh_token_leads_to_a_new_authorisation(make_rig):
    rig = make_rig(refresh_token="r0", **CREDENTIALS)
    rig.do(Start())
    rig.connected()
    rig.reply(rig.channel, 401)
    rig.reply(rig.fetches()[0].request, 400, {"error": "invalid_grant"})
    authorize(rig)
    assert dict(rig.requests("/v1/directives")[-1].headers)["authorization"] == "Bearer a1"
    assert rig.connects() == 1


def test_a_token_that_cannot_be_renewed_says_what_to_check(make_rig):
    rig = make_rig()
    rig.do(Start())
    rig.connected()
    rig.reply(rig.channel, 401)
    assert rig.states("tokens")[-1] == "REFUSED"
    assert "give client_id, client_secret and naver_access_token" in rig.troubles()[-1]
    rig.advance(600_000)
    assert len(rig.requests("/v1/directives")) == 1


def test_an_authorisation_server_that_is_away_is_asked_again(make_rig):
    rig = make_rig(access_token=None, **CREDENTIALS)
    rig.do(Start())
    rig.feed(ResponseReset(rig.fetches()[0].request, 0, "nothing listens"))
    rig.advance(1000)
    assert len(rig.fetches()) == 2
    authorize(rig)
    assert rig.connects() == 1
