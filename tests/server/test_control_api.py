"""The control API: every call, every refusal, who may use it, and that its description is true.

Whatever a test gets back is held against ``/openapi.json`` (`Api.call`): status, content type and shape.
"""

import asyncio
import base64
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from prometheus_client.parser import text_string_to_metric_families

import mockcloud.server.control
from mockcloud.catalogue import Catalogue
from mockcloud.cic.machine import CIC_PATHS, CloudMachine
from mockcloud.clock import SECOND
from mockcloud.journal import FACTS, Entry
from mockcloud.server.cloud import RunningCloud
from mockcloud.server.control import bodies
from mockcloud.server.control.openapi import openapi
from mockcloud.server.control.routes import ROUTES
from mockcloud.server.control_app import ControlApp
from mockcloud.server.driver import Driver, now
from mockcloud.settings import Limits, Settings
from mockcloud.vocabulary import Finding
from tests.patience import PATIENCE
from tests.server.cloud_client import ForeignDevice, running
from tests.server.h2client import H2Client

Run = Callable[[Coroutine[Any, Any, None]], None]

CATALOGUE = Catalogue.load()
DESCRIPTION = json.loads(json.dumps(openapi()))
SCHEMAS = DESCRIPTION["components"]["schemas"]
HELLO = {"header": {"namespace": "Clova", "name": "Hello"}, "payload": {}}
INDICATOR = {"header": {"namespace": "Notifier", "name": "ClearIndicator"}, "payload": {}}
WEATHER = """\
mockcloud: 1
title: 날씨
rules:
  - name: weather
    when: {says: 날씨}
    then:
      - speak: 맑아요
"""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    """Names in lower case."""
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    @property
    def detail(self) -> str:
        return str(self.body["detail"])


class Api:
    """The application without sockets, before a machine of its own."""

    def __init__(self, settings: Settings, **options: Any) -> None:
        self.machine = CloudMachine(settings, CATALOGUE, wall=time.time_ns(), now=now())
        self.driver = Driver(self.machine, frozenset(CIC_PATHS))
        self.app = ControlApp(self.driver, settings, **options)
        self._client = self.app.test_client()

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: bytes | str | None = None,
        kind: str | None = "application/json",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """``body`` is sent as JSON, ``raw`` as it is."""
        data = raw if raw is not None else json.dumps(body) if body is not None else b""
        sent = {"content-type": kind} if kind and data else {}
        response = await self._client.open(  # type: ignore[call-arg]
            path, method=method, data=data, headers={**sent, **(headers or {})}
        )
        got = {name.lower(): value for name, value in response.headers.items()}
        answer = Answer(response.status_code, got, bytes(await response.get_data(as_text=False)))
        hold_against_description(method, path, answer)
        return answer

    async def done(self, method: str, path: str, body: Any = None) -> Any:
        """The body of a call that has to succeed."""
        answer = await self.call(method, path, body)
        assert answer.status < 300, answer.raw.decode()
        return answer.body if answer.raw else None

    def record(self, name: str, **more: Any) -> Entry:
        """Something that happened to the account ``default``, as a device would cause it."""
        usual = {"at": 0, "account": "default", "channel": "event", "direction": "in", "kind": "event"}
        entry = Entry(name=name, **{**usual, **more})
        return self.machine.core.record(entry)


@asynccontextmanager
async def control(settings: Settings | None = None, **options: Any) -> AsyncIterator[Api]:
    api = Api(settings or Settings(), **options)
    try:
        yield api
    finally:
        await api.driver.stop()


@asynccontextmanager
async def on_the_wire() -> AsyncIterator[tuple[RunningCloud, httpx.AsyncClient]]:
    async with (
        running(None) as cloud,
        httpx.AsyncClient(base_url=cloud.control_url, trust_env=False, timeout=PATIENCE) as client,
    ):
        yield cloud, client


async def until(met: Callable[[], Any]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not met():  # noqa: ASYNC110 - it is anybody's state
            await asyncio.sleep(0)


def described(method: str, path: str) -> dict[str, Any] | None:
    for template, methods in DESCRIPTION["paths"].items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path.partition("?")[0]) and method.lower() in methods:
            found: dict[str, Any] = methods[method.lower()]
            return found
    return None


def closed(schemas: dict[str, Any]) -> dict[str, Any]:
    """No members but those that are described, except in problems, which may have more."""
    return {
        name: schema if name == "Problem" else {**schema, "additionalProperties": False}
        for name, schema in schemas.items()
    }


CLOSED = closed(SCHEMAS)


def hold_against_description(method: str, path: str, answer: Answer) -> None:
    operation = described(method, path)
    if operation is None or answer.status in (405, 500):
        return
    response = operation["responses"][str(answer.status)]
    if "content" not in response:
        assert answer.raw == b""
        return
    (kind,) = response["content"]
    assert answer.headers["content-type"].partition(";")[0] == kind
    if "json" not in kind:
        return
    schema = {**response["content"][kind]["schema"], "components": {"schemas": CLOSED}}
    Draft202012Validator(schema).validate(answer.body)


# Accounts


def test_a_new_account_comes_with_everything_a_test_needs() -> None:
    async def test() -> None:
        async with control() as api:
            made = await api.call("POST", "/v1/accounts", {"name": "부엌", "devices": ["d1", "d2"]})
            assert made.status == 201
            assert made.body["account"] == "부엌"
            assert "부엌".encode() in made.raw
            assert [device["device_id"] for device in made.body["devices"]] == ["d1", "d2"]
            assert made.body["devices"][0]["expires_in"] == 12_960_000
            read = await api.done("GET", "/v1/accounts/부엌")
            assert read["client_id"] == made.body["client_id"]
            assert [device["device_id"] for device in read["devices"]] == ["d1", "d2"]
            listed = await api.done("GET", "/v1/accounts")
            assert [account["account"] for account in listed["accounts"]] == ["default", "부엌"]

    asyncio.run(test())


@pytest.mark.parametrize("raw", [b"", b"{}", b'\xef\xbb\xbf{"name": null, "devices": null, "settings": null}'])
def test_everything_of_a_new_account_may_be_left_out(raw: bytes) -> None:
    async def test() -> None:
        async with control() as api:
            made = await api.call("POST", "/v1/accounts", raw=raw)
            assert made.status == 201
            assert made.body["devices"] == []

    asyncio.run(test())


def test_settings_of_an_account_are_given_beside_or_inside_settings() -> None:
    async def test() -> None:
        async with control() as api:
            body = {
                "name": "a",
                "edition": "4.4",
                "lang": "ja",
                "seed": 7,
                "settings": {"lang": "en", "strict": True, "behaviour": {"not_understood": "speak"}},
            }
            await api.done("POST", "/v1/accounts", body)
            account = api.machine.core.accounts.by_id["a"].settings
            assert (account.edition, account.lang, account.seed, account.strict) == ("4.4", "ja", 7, True)
            assert account.behaviour.not_understood == "speak"
            changed = await api.done(
                "PATCH", "/v1/accounts/a", {"strict": False, "settings": {"timezone": "Asia/Tokyo"}}
            )
            assert (changed["strict"], changed["timezone"], changed["edition"]) == (False, "Asia/Tokyo", "4.4")
            assert changed["now"].endswith("+09:00")

    asyncio.run(test())


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"name": "default"}, 409, "there is an account 'default' already"),
        ({"name": "a/b"}, 422, "without a slash"),
        ({"timezone": "Asia/Soul"}, 422, "there is no time zone 'Asia/Soul'"),
        ({"settings": {"behavior": {}}}, 422, "did you mean behaviour?"),
        ({"settings": {"behaviour": {"hang_over": "600"}}}, 422, "behaviour.hang_over"),
        ({"editoin": "4.4"}, 422, "`editoin` is not known here; did you mean `edition`?"),
        ({"edition": "newest"}, 422, "edition: `newest` is not one of `4.4`, `newer`; did you mean `newer`?"),
        ({"devices": "d1"}, 422, "devices: expected a list or null, found the string `d1`"),
        ({"strict": "true"}, 422, "strict: expected true or false or null, found the string `true`"),
        ({"seed": -1}, 422, "seed: `-1` is below 0"),
        ({"seed": "\ud800"}, 400, "half a character"),
        (["name"], 422, "expected an object, found a list"),
    ],
)
def test_what_cannot_be_an_account(body: Any, status: int, said: str) -> None:
    async def test() -> None:
        async with control() as api:
            answer = await api.call("POST", "/v1/accounts", body)
            assert answer.status == status
            assert said in answer.detail
            assert len(api.machine.core.accounts) == 1

    asyncio.run(test())


def test_every_mistake_of_a_body_is_named() -> None:
    async def test() -> None:
        async with control() as api:
            answer = await api.call(
                "POST",
                "/v1/push",
                {"directive": {"header": {"namespace": 1, "nam": "x"}}, "wait": 5, "attachments": [{"data": "*"}]},
            )
            assert answer.status == 422
            assert answer.detail.endswith("(and 4 more)")
            assert [(one["path"], one["hint"]) for one in answer.body["problems"]] == [
                ("directive.header.namespace", ""),
                ("directive.header.nam", "did you mean `name`?"),
                ("directive.header.name", ""),
                ("wait", "did you mean `wait_ms`?"),
                ("attachments[0].content_id", ""),
            ]

    asyncio.run(test())


def test_deleting_an_account_leaves_no_trace() -> None:
    async def test() -> None:
        async with control() as api:
            await api.done("POST", "/v1/accounts", {"name": "a", "devices": ["d"]})
            assert (await api.call("DELETE", "/v1/accounts/a")).status == 204
            gone = await api.call("GET", "/v1/accounts/a")
            assert gone.status == 404
            assert gone.detail == "there is no account 'a'; there are: default"
            assert (await api.call("POST", "/v1/accounts", {"name": "a"})).status == 201

    asyncio.run(test())


def test_reset_forgets_what_happened_and_keeps_devices() -> None:
    async def test() -> None:
        async with control() as api:
            device = await api.done("POST", "/v1/accounts/default/devices", {"device_id": "d"})
            await api.done("PUT", "/v1/accounts/default/state", {"state": "answered"})
            api.record("Alerts.AlertStarted")
            account = await api.done("POST", "/v1/accounts/default/reset")
            assert account["state"] == ""
            assert [known["device_id"] for known in account["devices"]] == ["d"]
            assert (await api.done("GET", "/v1/journal"))["entries"] == []
            assert api.machine.core.accounts.by_access_token(device["access_token"])

    asyncio.run(test())


def test_a_whole_number_may_be_written_with_a_point() -> None:
    async def test() -> None:
        async with control() as api:
            assert await api.done("PUT", "/v1/accounts/default/seed", {"seed": 7.0}) == {"seed": 7}
            answer = await api.call("PUT", "/v1/accounts/default/seed", {"seed": 7.5})
            assert (answer.status, answer.detail) == (422, "seed: expected a whole number, found the number `7.5`")

    asyncio.run(test())


@pytest.mark.parametrize("name", ["a%09b", "a%20b"])
def test_the_id_of_a_fault_has_no_blanks(name: str) -> None:
    async def test() -> None:
        async with control() as api:
            answer = await api.call("PUT", f"/v1/accounts/default/faults/{name}", {"on": "event", "effect": "status"})
            assert (answer.status, answer.body["title"]) == (422, "Wrong id")
            assert (await api.done("GET", "/v1/accounts/default/faults"))["faults"] == []

    asyncio.run(test())


def test_a_device_needs_an_id() -> None:
    async def test() -> None:
        async with control() as api:
            answer = await api.call("POST", "/v1/accounts/default/devices", {"device_id": ""})
            assert (answer.status, answer.detail) == (422, "device_id: is empty")

    asyncio.run(test())


# Scenario, state, clock, seed


@pytest.mark.parametrize("kind", ["application/yaml", "text/yaml", "text/plain", None])
def test_a_scenario_is_yaml_unless_it_says_json(kind: str | None) -> None:
    async def test() -> None:
        async with control() as api:
            loaded = await api.call("PUT", "/v1/accounts/default/scenario", raw=WEATHER, kind=kind)
            assert (loaded.status, loaded.body) == (200, {"title": "날씨", "rules": ["weather"]})
            assert (await api.done("GET", "/v1/accounts/default"))["scenario"] == "날씨"

    asyncio.run(test())


def test_a_scenario_in_json_may_be_indented_by_tabs() -> None:
    async def test() -> None:
        async with control() as api:
            text = json.dumps({"mockcloud": 1, "title": "a\tb", "rules": []}, indent="\t")
            loaded = await api.call("PUT", "/v1/accounts/default/scenario", raw=text)
            assert loaded.body["title"] == "a\tb"

    asyncio.run(test())


def test_a_scenario_that_does_not_load_names_every_mistake_and_changes_nothing() -> None:
    async def test() -> None:
        async with control() as api:
            await api.call("PUT", "/v1/accounts/default/scenario", raw=WEATHER, kind=None)
            wrong = WEATHER.replace("when", "wenn").replace("speak", "spaek")
            answer = await api.call("PUT", "/v1/accounts/default/scenario?file=w.yaml", raw=wrong, kind=None)
            assert answer.status == 422
            assert answer.detail.startswith("w.yaml:5:5: `wenn` is not known here")
            hints = [(one["line"], one["hint"]) for one in answer.body["problems"] if one["hint"]]
            assert hints == [(5, "Did you mean `when`?"), (7, "Did you mean `speak`?")]
            assert (await api.done("GET", "/v1/accounts/default/state"))["scenario"] == "날씨"

    asyncio.run(test())


@pytest.mark.parametrize(
    ("raw", "kind", "said"),
    [
        (b'{"mockcloud": 1,\n "title": }', "application/json", "line 2, column 11: expecting value"),
        (b"mockcloud: 1\ntitle: \xff", "application/yaml", "line 2: byte 0xff is not UTF-8"),
    ],
)
def test_a_scenario_that_cannot_be_read(raw: bytes, kind: str, said: str) -> None:
    async def test() -> None:
        async with control() as api:
            answer = await api.call("PUT", "/v1/accounts/default/scenario", raw=raw, kind=kind)
            assert answer.status == 400
            assert answer.detail.startswith(said)
            assert answer.body["line"] == 2

    asyncio.run(test())


def test_the_state_of_the_scenario() -> None:
    async def test() -> None:
        async with control() as api:
            assert await api.done("PUT", "/v1/accounts/default/state", {"state": "s"}) == {"state": "s", "scenario": ""}
            assert (await api.done("GET", "/v1/accounts/default/state"))["state"] == "s"

    asyncio.run(test())


def test_the_clock_stands_moves_on_and_goes_back() -> None:
    async def test() -> None:
        async with control() as api:
            clock = "/v1/accounts/default/clock"
            frozen = await api.done("PUT", clock, {"action": "freeze", "to": "2026-01-01T07:30:00"})
            assert frozen == {"now": "2026-01-01T07:30:00.000+09:00", "frozen": True}
            moved = await api.done("PUT", clock, {"action": "advance", "by": "PT55M"})
            assert moved == {"now": "2026-01-01T08:25:00.000+09:00", "frozen": True}
            reset = await api.done("PUT", clock, {"action": "reset"})
            assert not reset["frozen"]
            assert not reset["now"].startswith("2026-01-01T08:25")

    asyncio.run(test())


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"action": "advanse"}, "did you mean `advance`?"),
        ({"action": "advance"}, "advance needs by (PT55M) or to"),
        ({"action": "advance", "by": "55"}, "'55' is not a duration"),
        ({"action": "advance", "by": "5s", "to": "2026-01-01"}, "give one of them"),
        ({"action": "freeze", "to": "2026-13-01"}, "month"),
        ({"action": "freeze", "to": "9999-12-31T23:59:59-23:00"}, "no calendar goes there"),
        ({"action": "advance", "by": "99999999h"}, "no calendar goes there"),
    ],
)
def test_where_the_clock_does_not_go(body: Any, said: str) -> None:
    async def test() -> None:
        async with control() as api:
            answer = await api.call("PUT", "/v1/accounts/default/clock", body)
            assert answer.status == 422
            assert said in answer.detail
            await api.done("GET", "/v1/accounts/default")

    asyncio.run(test())


def test_the_same_seed_makes_the_same_identifiers() -> None:
    async def test() -> None:
        async with control() as api:
            made = []
            for seed in (5, 6, 5):
                await api.done("POST", "/v1/accounts/default/tokens/revoke")
                assert await api.done("PUT", "/v1/accounts/default/seed", {"seed": seed}) == {"seed": seed}
                made.append(await api.done("POST", "/v1/accounts/default/devices", {"device_id": "d"}))
            assert made[0] == made[2] != made[1]

    asyncio.run(test())


# Tokens, terms, utterances


@pytest.mark.spec("C-016")
@pytest.mark.parametrize(("call", "counted"), [("expire", "expired"), ("revoke", "revoked")])
def test_tokens_become_worthless_on_demand(run: Run, call: str, counted: str) -> None:
    async def test() -> None:
        async with on_the_wire() as (cloud, client):
            device = await ForeignDevice.connect(cloud, None)
            await device.is_well()
            answer = await client.post(f"/v1/accounts/default/tokens/{call}")
            assert answer.json() == {counted: 1}
            assert (await device.event("SpeechSynthesizer.SpeechFinished", {"token": "t"})).status == 401
            await device.client.close()

    run(test())


@pytest.mark.spec("C-006")
def test_terms_are_taken_back_and_accepted_on_demand(run: Run) -> None:
    async def test() -> None:
        async with on_the_wire() as (cloud, client):
            account = (await client.get("/v1/accounts/default")).json()
            asked = {"client_id": account["client_id"], "device_id": "d", "response_type": "code", "state": "s"}
            bearer = {"authorization": f"Bearer {account['naver_access_token']}"}
            for accepted, status in ((False, 451), (True, 200)):
                answer = await client.put("/v1/accounts/default/terms", json={"accepted": accepted})
                assert answer.json() == {"accepted": accepted}
                url = f"{cloud.device_url}/authorize"
                assert (await client.get(url, params=asked, headers=bearer)).status_code == status

    run(test())


def test_utterances_queue_up_for_a_device_and_for_all() -> None:
    async def test() -> None:
        async with control() as api:
            path = "/v1/accounts/default/utterances"
            assert (await api.call("POST", path, {"text": "날씨"})).status == 202
            assert await api.done("POST", path, {"text": "알람"}) == {"queued": 2}
            assert await api.done("POST", path, {"text": "불 켜", "device": "d"}) == {"queued": 1}
            account = api.machine.core.accounts.by_id["default"]
            assert (list(account.utterances), list(account.device("d").utterances)) == (["날씨", "알람"], ["불 켜"])

    asyncio.run(test())


def test_how_long_questions_wait_for_the_user_of_a_device() -> None:
    async def test() -> None:
        async with control() as api:
            device = api.machine.core.accounts.by_id["default"].device("d")
            path = "/v1/accounts/default/devices/d/question-timeout"
            for given, nanoseconds in (("10m", 600 * SECOND), (None, None)):
                assert (await api.call("PUT", path, {"question_timeout": given})).status == 204
                assert device.question_timeout == nanoseconds
            assert (await api.call("PUT", path, {"question_timeout": "soon"})).status == 422
            assert (await api.call("PUT", path.replace("/d/", "/e/"), {"question_timeout": "1m"})).status == 404

    asyncio.run(test())


# Channels and pushes


def test_channels_are_listed_and_closed(run: Run) -> None:
    async def test() -> None:
        async with on_the_wire() as (cloud, client):
            device = await ForeignDevice.connect(cloud, None, "kitchen")
            (channel,) = (await client.get("/v1/channels")).json()["channels"]
            assert (channel["account"], channel["device"], channel["queued"]) == ("default", "kitchen", 0)
            assert (await client.get("/v1/channels?account=default")).json()["channels"] == [channel]
            assert (await client.get("/v1/channels?account=other")).status_code == 404
            closed = await client.delete(f"/v1/channels/{channel['id']}")
            assert (closed.status_code, closed.content) == (204, b"")
            await device.client.response(device.downchannel)
            assert (await client.get("/v1/channels")).json() == {"channels": []}
            again = await client.delete(f"/v1/channels/{channel['id']}")
            assert (again.status_code, again.json()["title"]) == (404, "No such channel")
            await device.client.close()

    run(test())


def test_a_push_is_answered_when_its_frames_have_left(run: Run) -> None:
    async def test() -> None:
        async with on_the_wire() as (cloud, client):
            device = await ForeignDevice.connect(cloud, None, "kitchen")
            header = {**INDICATOR["header"], "messageId": "m-1"}
            sent = await client.post("/v1/push", json={"directive": {"header": header}, "device": "kitchen"})
            assert sent.json() == {"sent": [{"device": "kitchen", "message_id": "m-1", "state": "written"}]}
            await device.client.until(lambda: "Notifier.ClearIndicator" in device.pushed())
            await device.client.close()

    run(test())


def test_a_push_carries_attachments(run: Run) -> None:
    async def test() -> None:
        async with on_the_wire() as (cloud, client):
            device = await ForeignDevice.connect(cloud, None)
            part = {"content_id": "c1", "content_type": "audio/mpeg", "data": base64.b64encode(b"\x00\xffMP3").decode()}
            await client.post("/v1/push", json={"directive": HELLO, "attachments": [part]})
            await device.client.until(lambda: len(device.pushed()) == 2)
            await device.client.until(lambda: b"\x00\xffMP3" in device.client.response_so_far(device.downchannel).body)
            wire = device.client.response_so_far(device.downchannel).body
            assert b"Content-ID: c1\r\n" in wire or b"Content-ID: <c1>\r\n" in wire
            assert b"audio/mpeg" in wire
            await device.client.close()

    run(test())


def test_a_push_waits_for_a_downchannel(run: Run) -> None:
    async def test() -> None:
        async with on_the_wire() as (cloud, client):
            pushing = asyncio.create_task(client.post("/v1/push", json={"directive": INDICATOR, "wait_ms": 60_000}))
            await until(lambda: cloud.machine.next_deadline() is not None)
            device = await ForeignDevice.connect(cloud, None)
            assert (await pushing).json()["sent"][0]["device"] == device.device_id
            await device.client.close()

    run(test())


def test_a_push_without_a_downchannel() -> None:
    async def test() -> None:
        async with control() as api:
            answer = await api.call("POST", "/v1/push", {"directive": HELLO, "account": None, "device": None})
            assert answer.status == 409
            assert "wait_ms waits for one" in answer.detail
            in_vain = await api.call("POST", "/v1/push", {"directive": HELLO, "wait_ms": 1})
            assert "within 1 ms" in in_vain.detail

    asyncio.run(test())


def test_a_push_that_breaks_the_specification_is_sent_only_unchecked() -> None:
    async def test() -> None:
        async with control() as api:
            wrong = {"header": {"namespace": "Notifier", "name": "SetIndicator"}, "payload": {"new": "yes"}}
            answer = await api.call("POST", "/v1/push", {"directive": wrong})
            assert answer.status == 422
            assert answer.body["violations"][0]["path"].endswith("payload.new")
            assert (await api.call("POST", "/v1/push", {"directive": wrong, "unchecked": True})).status == 409

    asyncio.run(test())


# Journal


def recorded(api: Api) -> None:
    finding = Finding("event.payload.enum", "x", because=("C-090",))
    api.record("Clova.A", device="d1", message_id="m1", status=204, because=("C-048",))
    api.record("Clova.B", device="d2", unmatched=True, words="뭐라고", says="뭐라고", findings=(finding,), connection=3)
    api.record("Clova.B", device="", direction="out", kind="directive", channel="downchannel", rule="weather")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [1, 2, 3]),
        ("account=default", [1, 2, 3]),
        ("name=Clova.B", [2, 3]),
        ("name=Clova.B&kind=event", [2]),
        ("device=d1", [1]),
        ("device=", [3]),
        ("status=204", [1]),
        ("message_id=m1", [1]),
        ("audio_bytes=0", [1, 2, 3]),
        ("audio_bytes=1", []),
        ("unmatched=true", [2]),
        ("unmatched=false", [1, 3]),
        ("channel=downchannel&direction=out&rule=weather", [3]),
        ("violations=event.payload.enum", [2]),
        ("because=C-048", [1]),
        ("words=%EB%AD%90%EB%9D%BC%EA%B3%A0", [2]),
        ("connection=3", [2]),
        ("seq=2", [2]),
        ("after_seq=1", [2, 3]),
        ("limit=1", [3]),
        ("limit=0", []),
    ],
)
def test_the_journal_is_filtered_by_the_fields_of_its_entries(query: str, found: list[int]) -> None:
    async def test() -> None:
        async with control() as api:
            recorded(api)
            journal = await api.done("GET", f"/v1/journal?{query}")
            assert [entry["seq"] for entry in journal["entries"]] == found
            assert journal["last_seq"] == 3

    asyncio.run(test())


def test_what_nothing_took_and_what_broke_the_specification() -> None:
    async def test() -> None:
        async with control() as api:
            recorded(api)
            for path in ("/v1/unmatched", "/v1/violations"):
                (entry,) = (await api.done("GET", f"{path}?limit=5"))["entries"]
                assert entry["seq"] == 2
                assert entry["violations"][0]["code"] == "event.payload.enum"
                assert (await api.done("GET", f"{path}?device=d1"))["entries"] == []

    asyncio.run(test())


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("devise=d1", "`devise` is not known here; did you mean `device`?"),
        ("limit=x", "limit: expected a whole number, found the string `x`"),
        ("limit=-1", "limit: `-1` is below 0"),
        (f"after_seq={10**30}", "is above"),
        ("kind=5", "`event`"),
        ("kind=evnt", "kind: `evnt` is not one of"),
        ("kind=evnt", "did you mean `event`?"),
        ("unmatched=perhaps", "unmatched: expected true or false"),
        ("name=a&name=b", "`name` is given twice"),
        ("&".join("a" * 1001), "Max number of fields exceeded"),
    ],
)
def test_a_query_that_makes_no_sense(query: str, said: str) -> None:
    async def test() -> None:
        async with control() as api:
            answer = await api.call("GET", f"/v1/journal?{query}")
            assert answer.status == 400
            assert said in answer.detail

    asyncio.run(test())


@pytest.mark.parametrize("path", ["/v1/accounts?nmae=a", "/v1/accounts/default/state?a=b"])
def test_parameters_of_calls_that_take_none(path: str) -> None:
    async def test() -> None:
        async with control() as api:
            assert (await api.call("GET", path)).status == 400

    asyncio.run(test())


@pytest.mark.parametrize("seq", ["x", "0", "1", "9" * 30, "٣"])
def test_an_entry_without_audio(seq: str) -> None:
    async def test() -> None:
        async with control() as api:
            recorded(api)
            answer = await api.call("GET", f"/v1/journal/{seq}/audio")
            assert (answer.status, answer.body["title"]) == (404, "No audio")

    asyncio.run(test())


def test_waiting_finds_what_was_there_already() -> None:
    async def test() -> None:
        async with control() as api:
            recorded(api)
            found = await api.done("POST", "/v1/journal/wait", {"match": {"event": ["Clova.A", "Clova.B"]}, "count": 2})
            assert found["matched"]
            assert [entry["seq"] for entry in found["entries"]] == [1, 2]
            assert found["nearest"] == []

    asyncio.run(test())


@pytest.mark.parametrize(
    "match",
    [
        {"event": "TextRecognizer.Recognize", "payload": {"text": {"contains": "날씨"}}},
        {"says": "오늘 날씨, 어때?", "device": "foreign"},
    ],
)
def test_waiting_ends_when_it_happens(run: Run, match: Any) -> None:
    async def test() -> None:
        async with on_the_wire() as (cloud, client):
            device = await ForeignDevice.connect(cloud, None)
            body = {"match": match, "timeout_ms": 600_000}
            waiting = asyncio.create_task(client.post("/v1/journal/wait", json=body))
            await until(lambda: cloud.machine.core.waits)
            await device.event("TextRecognizer.Recognize", {"text": "오늘 날씨 어때"}, dialog="d-1")
            found = (await waiting).json()
            assert found["matched"]
            assert found["entries"][0]["dialog_request_id"] == "d-1"
            await device.client.close()

    run(test())


def test_waiting_in_vain_tells_what_came_nearest() -> None:
    async def test() -> None:
        async with control() as api:
            recorded(api)
            body = {"match": {"event": "Clova.A", "status": 200}, "timeout_ms": 0}
            answer = await api.call("POST", "/v1/journal/wait", body)
            assert answer.status == 200
            assert not answer.body["matched"]
            assert answer.body["nearest"][0] == {
                "seq": 1,
                "name": "Clova.A",
                "kind": "event",
                "why": ["status: expected 200, found 204"],
            }

    asyncio.run(test())


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "`match` is missing"),
        ({"match": {"evnet": "x"}}, "match.evnet: `evnet` is not known here; did you mean `event`?"),
        ({"match": {"name": {"matches": "("}}}, "match.name.matches: no regular expression"),
        ({"match": {"event": []}}, "any takes a list of patterns"),
        ({"match": {}, "count": 0}, "count: `0` is below 1"),
        ({"match": {}, "timeout_ms": 10**400}, "timeout_ms"),
        ({"match": {}, "after_seq": 10**30}, "after_seq"),
        ({"match": {}, "timeout_ms": "5s"}, "timeout_ms: expected a whole number"),
    ],
)
def test_what_cannot_be_waited_for(body: Any, said: str) -> None:
    async def test() -> None:
        async with control() as api:
            answer = await api.call("POST", "/v1/journal/wait", body)
            assert answer.status == 422
            assert said in answer.detail

    asyncio.run(test())


def test_a_match_may_say_whatever_an_entry_has() -> None:
    assert set(FACTS) == set(bodies.Match.__struct_fields__)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/journal/wait", {"match": {}, "timeout_ms": 600_000}),
        ("/v1/push", {"directive": INDICATOR, "wait_ms": 60_000}),
    ],
)
def test_who_gives_up_waiting_withdraws_the_question(run: Run, path: str, body: Any) -> None:
    async def test() -> None:
        async with on_the_wire() as (cloud, client):
            asking = asyncio.create_task(client.post(path, json=body))
            await until(lambda: cloud.machine.next_deadline() is not None)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            await until(lambda: cloud.machine.next_deadline() is None)

    run(test())


def test_an_open_wait_does_not_hold_up_the_end(run: Run) -> None:
    async def test() -> None:
        async with on_the_wire() as (cloud, client):
            body = {"match": {}, "timeout_ms": 600_000}
            waiting = asyncio.create_task(client.post("/v1/journal/wait", json=body))
            await until(lambda: cloud.machine.core.waits)
            async with asyncio.timeout(PATIENCE):
                await cloud.stop()
            with pytest.raises(httpx.TransportError):
                await waiting

    run(test())


# What is wrong with a request


@pytest.mark.parametrize(
    ("raw", "line", "column"),
    [
        (b'{"name":\n "a",,}', 2, 6),
        (b'{"name": "a"', 1, 13),
        (b'{"name": NaN}', 1, 10),
        (b'\n{"name": "\xff"}', 2, 11),
        (b"[" * 65, 1, 65),
        (b"name=a", 1, 1),
    ],
)
def test_a_body_that_is_no_json_says_where(raw: bytes, line: int, column: int) -> None:
    async def test() -> None:
        async with control() as api:
            answer = await api.call("POST", "/v1/accounts", raw=raw)
            assert answer.status == 400
            assert (answer.body["line"], answer.body["column"]) == (line, column)
            assert answer.detail.startswith(f"line {line}, column {column}: ")

    asyncio.run(test())


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "application/yaml"])
def test_a_body_that_does_not_say_json(kind: str) -> None:
    async def test() -> None:
        async with control() as api:
            answer = await api.call("POST", "/v1/accounts", {"name": "a"}, kind=kind)
            assert (answer.status, answer.headers["accept"]) == (415, "application/json")
            assert "-H 'Content-Type: application/json'" in answer.detail

    asyncio.run(test())


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/merge-patch+json", None])
def test_a_body_may_say_json_in_other_words_or_nothing(kind: str | None) -> None:
    async def test() -> None:
        async with control() as api:
            assert (await api.call("PATCH", "/v1/accounts/default", {"strict": True}, kind=kind)).status == 200

    asyncio.run(test())


def test_a_body_where_none_belongs() -> None:
    async def test() -> None:
        async with control() as api:
            assert (await api.call("POST", "/v1/accounts/default/reset", {})).status == 200
            answer = await api.call("POST", "/v1/accounts/default/reset", {"state": "x"})
            assert (answer.status, answer.detail) == (422, "`state` is not known here")

    asyncio.run(test())


@pytest.mark.parametrize(
    ("path", "said", "near"),
    [
        ("/v1/acounts", "did you mean POST /v1/accounts or GET /v1/accounts?", "GET /v1/accounts"),
        ("/v1/accounts/", "did you mean", "GET /v1/accounts"),
        ("/v1/accounts/kitchen/clok", "PUT /v1/accounts/{account}/clock?", "PUT /v1/accounts/{account}/clock"),
        ("/nothing/of/the/kind", "GET /openapi.json lists all calls", None),
        ("/v1/events", "this is the control listener; /v1/events is a path of the device listener", None),
    ],
)
def test_an_unknown_path(path: str, said: str, near: str | None) -> None:
    async def test() -> None:
        async with control() as api:
            answer = await api.call("GET", path)
            assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
            assert said in answer.detail
            assert near is None or near in answer.body["near"]

    asyncio.run(test())


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/v1/push", "POST"),
        ("PUT", "/v1/accounts", "GET, HEAD, POST"),
        ("POST", "/v1/accounts/default/state", "GET, HEAD, PUT"),
        ("OPTIONS", "/v1/accounts/default", "DELETE, GET, HEAD, PATCH"),
    ],
)
def test_a_wrong_method_says_which_are_right(method: str, path: str, allow: str) -> None:
    async def test() -> None:
        async with control() as api:
            answer = await api.call(method, path)
            assert (answer.status, answer.headers["content-type"]) == (405, "application/problem+json")
            assert answer.headers["allow"] == allow
            assert answer.detail == f"{method} is not for {path}; it takes {allow}"

    asyncio.run(test())


def test_faults_are_set_listed_and_taken_back() -> None:
    async def test() -> None:
        async with control() as api:
            path = "/v1/accounts/default/faults"
            assert await api.done("GET", path) == {"faults": []}
            drop = {"on": "downchannel", "at": "after part 2", "effect": "reset_stream", "code": "CANCEL"}
            made = await api.done("PUT", f"{path}/drop", drop)
            written = {**drop, "id": "drop", "chance": 1.0, "times": 1}
            assert made == {"id": "drop", "struck": 0, "fault": written}
            assert await api.done("GET", f"{path}/drop") == made
            yaml = "- {on: event, effect: delay, times: always, device: kitchen}\n- {id: a, on: ping, effect: stall}\n"
            listed = (await api.call("PUT", path, raw=yaml, kind="application/yaml")).body
            assert {one["id"]: one["fault"]["effect"] for one in listed["faults"]} == {"2": "delay", "a": "stall"}
            assert await api.done("GET", path) == listed
            assert await api.done("DELETE", f"{path}/a") is None
            assert (await api.call("DELETE", f"{path}/a")).status == 404
            assert (await api.call("GET", f"{path}/drop")).status == 404
            assert await api.done("DELETE", path) is None
            assert await api.done("GET", path) == {"faults": []}

    asyncio.run(test())


@pytest.mark.parametrize(
    ("body", "said", "hint"),
    [
        ({"on": "ping", "effect": "cut"}, "`ping`", ""),
        ({"on": "event", "effect": "cut", "at": "after end"}, "cut cannot strike event", "nothing is left to cut"),
        ({"on": "event", "effect": "dely"}, "effect", "Did you mean `delay`?"),
        ({"on": "nowhere", "effect": "tcp_reset"}, "on", ""),
    ],
)
def test_a_fault_that_cannot_be_is_refused_with_the_cure(body: dict[str, Any], said: str, hint: str) -> None:
    async def test() -> None:
        async with control() as api:
            answer = await api.call("PUT", "/v1/accounts/default/faults/f", body)
            assert (answer.status, answer.body["title"]) == (422, "The fault does not load")
            (problem,) = answer.body["problems"]
            assert said in problem["said"] + problem["path"]
            assert hint in problem["hint"]

    asyncio.run(test())


def test_a_body_that_is_too_large() -> None:
    async def test() -> None:
        async with control(Settings(limits=Limits(body=100))) as api:
            answer = await api.call("PUT", "/v1/accounts/default/scenario", raw=b"#" * 101, kind=None)
            assert answer.status == 413
            assert "limits.body" in answer.detail
            just = await api.call("PUT", "/v1/accounts/default/scenario", raw=WEATHER[:30].encode(), kind=None)
            assert just.status == 422

    asyncio.run(test())


def test_a_body_of_unknown_size_that_is_too_large(run: Run) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 1000

    async def test() -> None:
        async with (
            running(None, limits=Limits(body=10_000)) as cloud,
            httpx.AsyncClient(base_url=cloud.control_url, trust_env=False, timeout=PATIENCE) as client,
        ):
            answer = await client.post("/v1/accounts", content=chunks(), headers={"content-type": "application/json"})
            assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")

    run(test())


def test_a_fault_of_ours_is_a_problem_too(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with control() as api:
            monkeypatch.setattr(api.machine, "receive", lambda what, now: 1 / 0)
            answer = await api.call("GET", "/v1/accounts")
            assert (answer.status, answer.headers["content-type"]) == (500, "application/problem+json")
            assert answer.body["title"] == "A bug in mockcloud"

    asyncio.run(test())


def test_json_is_valid_even_when_a_message_is_not() -> None:
    async def test() -> None:
        async with control() as api:
            api.record("Clova.날씨", raw=b'{"event": {"payload": {"text": "\\ud800"}}}')
            answer = await api.call("GET", "/v1/journal")
            assert "Clova.날씨".encode() in answer.raw
            assert answer.body["entries"][0]["message"]["event"]["payload"]["text"] == "\ud800"
            answer.raw.decode()

    asyncio.run(test())


# Who may use it


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("localhost", True),
        ("LocalHost:1", True),
        ("localhost.", True),
        ("127.0.0.1:8444", True),
        ("127.8.9.1", True),
        ("[::1]:8444", True),
        ("mock.test:80", True),
        ("10.1.2.3", True),
        ("10.1.2.4", False),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("evil.example@localhost", False),
        ("localhost:80.evil.example", False),
        ("0.0.0.0", False),
        ("", False),
    ],
)
def test_only_names_of_this_listener_are_answered(host: str, allowed: bool) -> None:
    async def test() -> None:
        settings = Settings(control_host="10.1.2.3", control_token="t", control_allow_host=("Mock.test",))
        async with control(settings) as api:
            answer = await api.call("GET", "/health", headers={"host": host})
            if allowed:
                assert answer.status == 200
            else:
                assert answer.status == 403
                assert repr(host) in answer.detail
                assert "header Host" in answer.detail
                assert "--control-allow-host" in answer.detail

    asyncio.run(test())


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({"origin": "http://localhost:8444"}, None),
        ({"origin": "http://127.0.0.1:3000", "sec-fetch-site": "same-site"}, None),
        ({"origin": "https://mock.test", "sec-fetch-site": "cross-site"}, None),
        ({"sec-fetch-site": "none"}, None),
        ({"sec-fetch-site": "same-origin"}, None),
        ({"origin": "https://evil.example"}, "Origin"),
        ({"origin": "https://localhost.evil.example"}, "Origin"),
        ({"origin": "null"}, "Origin"),
        ({"origin": ""}, "Origin"),
        ({"origin": "http://[::1"}, "Origin"),
        ({"sec-fetch-site": "cross-site"}, "Sec-Fetch-Site"),
    ],
)
def test_pages_of_other_sites_are_refused(headers: dict[str, str], refused: str | None) -> None:
    async def test() -> None:
        async with control(Settings(control_allow_host=("mock.test",))) as api:
            answer = await api.call("POST", "/v1/accounts", {"name": "a"}, headers=headers)
            if refused is None:
                assert answer.status == 201
            else:
                assert answer.status == 403
                assert f"the header {refused} is" in answer.detail
                assert "--control-allow-host" in answer.detail
                assert "a" not in api.machine.core.accounts.by_id
            assert not [name for name in answer.headers if name.startswith("access-control-")]

    asyncio.run(test())


def test_preflights_are_refused() -> None:
    async def test() -> None:
        async with control() as api:
            headers = {"origin": "http://localhost:3000", "access-control-request-method": "POST"}
            answer = await api.call("OPTIONS", "/v1/accounts", headers=headers)
            assert answer.status == 403
            assert not [name for name in answer.headers if name.startswith("access-control-")]

    asyncio.run(test())


def test_a_foreign_authority_over_http2_is_refused(run: Run) -> None:
    async def test() -> None:
        async with running(None) as cloud:
            client = await H2Client.connect(int(cloud.control_url.rpartition(":")[2]), None)
            ours = await client.response(client.request("GET", "/health"))
            stream_id = client.h2.get_next_available_stream_id()
            pseudo = [(":method", "GET"), (":scheme", "http"), (":authority", "evil.example"), (":path", "/health")]
            client.h2.send_headers(stream_id, pseudo, end_stream=True)
            client.flush()
            assert (ours.status, (await client.response(stream_id)).status) == (200, 403)
            await client.close()

    run(test())


@pytest.mark.parametrize(
    ("authorization", "said"),
    [
        (None, "there is no control token"),
        ("Bearer wrong", "the control token is another one"),
        ("Bearer s3cre", "the control token is another one"),
        ("Bearer \xff", "the control token is another one"),
        ("Basic s3cret", "there is no control token"),
    ],
)
def test_the_control_token_is_asked_for(authorization: str | None, said: str) -> None:
    async def test() -> None:
        async with control(Settings(control_token="s3cret")) as api:
            headers = {"authorization": authorization} if authorization is not None else {}
            for method, path in (("GET", "/v1/accounts"), ("POST", "/v1/journal/wait")):
                answer = await api.call(method, path, headers=headers)
                assert answer.status == 401
                assert answer.headers["www-authenticate"].startswith("Bearer ")
                assert said in answer.detail
            assert (await api.call("GET", "/v1/unknown", headers=headers)).status == 401

    asyncio.run(test())


@pytest.mark.parametrize(
    "path", ["//v1/accounts", "///v1/accounts", "/v1//accounts", "/%76%31/accounts", "/./v1/accounts"]
)
def test_no_way_to_write_a_path_gets_round_the_control_token(run: Run, path: str) -> None:
    async def test() -> None:
        settings = Settings(port=0, control_port=0, control_token="s3cret")
        async with RunningCloud(settings, tls=None) as cloud:
            reader, writer = await asyncio.open_connection("127.0.0.1", int(cloud.control_url.rpartition(":")[2]))
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            assert (await reader.read()).startswith(b"HTTP/1.1 401 ")
            writer.close()
            await writer.wait_closed()

    run(test())


def test_the_control_token_opens_v1_and_the_rest_is_open() -> None:
    async def test() -> None:
        async with control(Settings(control_token="s3cret"), ca_pem=b"PEM") as api:
            headers = {"authorization": "Bearer s3cret"}
            assert (await api.call("GET", "/v1/accounts", headers=headers)).status == 200
            for path in ("/", "/ca.pem", "/health", "/metrics", "/openapi.json"):
                assert (await api.call("GET", path)).status == 200

    asyncio.run(test())


# Pages beside the calls


def test_health_is_that_of_the_device_listener() -> None:
    async def test() -> None:
        accepts = False
        async with control(ready=lambda: accepts) as api:
            not_yet = await api.call("GET", "/health")
            assert (not_yet.status, not_yet.body["title"]) == (503, "Not ready")
            accepts = True
            assert (await api.done("GET", "/health")) == {"ready": True}

    asyncio.run(test())


def metrics(answer: Answer) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.raw.decode())
        for sample in family.samples
    }


def test_metrics_measure_the_machine_and_count_requests() -> None:
    async def test() -> None:
        async with control() as api, control() as other:
            await api.done("POST", "/v1/accounts", {"name": "a"})
            await api.call("GET", "/v1/accounts/a")
            await api.call("GET", "/v1/accounts/b")
            await api.call("GET", "/v1/nothing/1")
            await api.call("BREW", "/v1/accounts")
            recorded(api)
            answer = await api.call("GET", "/metrics")
            assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
            found = metrics(answer)
            assert found["mockcloud_accounts",] == 2
            assert found["mockcloud_downchannels",] == 0
            assert found["mockcloud_journal_entries",] == 3
            requests = {key[1:]: value for key, value in found.items() if key[0] == "mockcloud_control_requests_total"}
            assert requests == {
                ("POST", "/v1/accounts", "201"): 1,
                ("GET", "/v1/accounts/{account}", "200"): 1,
                ("GET", "/v1/accounts/{account}", "404"): 1,
                ("", "", "404"): 1,
                ("", "", "405"): 1,
            }
            assert metrics(await other.call("GET", "/metrics"))["mockcloud_accounts",] == 1

    asyncio.run(test())


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/openmetrics-text; version=1.0.0", "application/openmetrics-text"),
        ("text/plain; version=abc", "text/plain"),
    ],
)
def test_metrics_come_in_the_format_asked_for(run: Run, accept: str, kind: str) -> None:
    async def test() -> None:
        async with on_the_wire() as (_, client):
            answer = await client.get("/metrics", headers={"accept": accept})
            assert answer.headers["content-type"].startswith(kind)
            assert "mockcloud_accounts" in answer.text
            assert answer.text.endswith("# EOF\n") == (kind != "text/plain")

    run(test())


def test_the_front_page_leads_to_what_there_is_and_runs_nothing() -> None:
    async def test() -> None:
        async with control() as api:
            page = await api.call("GET", "/")
            assert page.headers["content-type"] == "text/html; charset=utf-8"
            assert "default-src 'none'" in page.headers["content-security-policy"]
            assert b"<script" not in page.raw
            links = re.findall(rb'href="([^"]+)"', page.raw)
            assert {b"/openapi.json", b"/health", b"/v1/journal"} <= set(links)
            for link in links:
                assert (await api.call("GET", link.decode())).status == 200

    asyncio.run(test())


@pytest.mark.parametrize("path", ["/", "/health", "/v1/accounts", "/v1/nothing"])
def test_nothing_is_cached_and_head_is_get_without_a_body(run: Run, path: str) -> None:
    async def test() -> None:
        async with on_the_wire() as (_, client):
            head, got = await client.head(path), await client.get(path)
            assert (head.status_code, head.content) == (got.status_code, b"")
            assert got.headers["cache-control"] == "no-store"
            assert got.headers["x-content-type-options"] == "nosniff"

    run(test())


# Its description


def test_the_description_is_served() -> None:
    async def test() -> None:
        async with control() as api:
            assert await api.done("GET", "/openapi.json") == DESCRIPTION

    asyncio.run(test())


def test_every_call_is_described_and_nothing_else() -> None:
    async def test() -> None:
        async with control() as api:
            await api.call("GET", "/health")  # the first request makes the rules
            served = {
                (method.lower(), re.sub(r"<(\w+)>", r"{\1}", rule.rule))
                for rule in api.app.url_map.iter_rules()
                for method in (rule.methods or set()) - {"HEAD"}
            }
            described_calls = {(method, path) for path, methods in DESCRIPTION["paths"].items() for method in methods}
            assert described_calls == served - {("get", "/")}  # for people

    asyncio.run(test())


def walk(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from walk(item)
    elif isinstance(value, list):
        for item in value:
            yield from walk(item)


def test_the_description_has_the_form_of_openapi() -> None:
    assert DESCRIPTION["openapi"].startswith("3.1.")
    assert set(DESCRIPTION["info"]) >= {"title", "version"}
    for path, methods in DESCRIPTION["paths"].items():
        assert path.startswith("/")
        for operation in methods.values():
            assert operation["summary"]
            assert all(response["description"] for response in operation["responses"].values())
            parameters = operation.get("parameters", [])
            assert len({(one["in"], one["name"]) for one in parameters}) == len(parameters)
            in_path = {one["name"] for one in parameters if one["in"] == "path" and one["required"]}
            assert in_path == set(re.findall(r"{(\w+)}", path))
            for requirement in operation.get("security", []):
                assert set(requirement) <= set(DESCRIPTION["components"]["securitySchemes"])


OPERATIONS = """
    assignButton breakLink changeAccount clearNotifications closeChannel createAccount delegateRequest deleteAccount
    deleteAlert deleteExtension deleteLink expireLink expireTokens issueTokens listAccounts listAlerts listChannels
    listExtensions listFaults loadScenario logGuestIn notify probeExtension pushDirective queueUtterance readAccount
    readAudio readCaCertificate readDescription readExtension readExtensionKey readFault readHealth readJournal readLink
    readMetrics readPlayback readState readUnmatched readViolations registerDevice registerExtension removeDevice
    removeFault removeFaults requestPlayback requestPlayerInfo resetAccount revokeLink revokeTokens setAlert setClock
    setFault setFaults setLink setQuestionTimeout setSeed setState setTerms startLink stopAlert testExtension
    typeBluetoothPin waitForEntries
"""


def test_generated_clients_keep_their_names() -> None:
    """Who generates a client calls these; generators change the case, so names differ by more than that."""
    names = [call["operationId"] for methods in DESCRIPTION["paths"].values() for call in methods.values()]
    assert sorted(names) == OPERATIONS.split()
    assert len({name.lower() for name in names}) == len(names)
    assert all(re.fullmatch("[a-z]+([A-Z][a-z]+)*", name) for name in names)


def test_every_schema_of_the_description_is_one() -> None:
    for name, schema in SCHEMAS.items():
        Draft202012Validator.check_schema(schema)
        assert re.fullmatch(r"[A-Za-z]+", name)
    for place in walk(DESCRIPTION["paths"]):
        if "schema" in place:
            Draft202012Validator.check_schema(place["schema"])


def test_every_reference_of_the_description_leads_somewhere_and_every_schema_is_used() -> None:
    references = {place["$ref"] for place in walk(DESCRIPTION) if isinstance(place.get("$ref"), str)}
    assert references == {f"#/components/schemas/{name}" for name in SCHEMAS}


def test_bodies_are_described_as_they_are_read() -> None:
    for route in ROUTES:
        operation = described(route.method, route.path.replace("{", "").replace("}", ""))
        assert operation is not None
        if route.body is bodies.Nothing:
            assert bool(route.text) == ("requestBody" in operation)
            continue
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        name = schema["$ref"].rpartition("/")[2]
        assert set(SCHEMAS[name]["properties"]) == set(route.body.__struct_fields__)
        assert SCHEMAS[name]["additionalProperties"] is False


def test_the_page_ships_with_the_package() -> None:
    folder = Path(mockcloud.server.control.__file__).parent
    assert (folder / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_whom_devices_have_to_trust() -> None:
    async def test() -> None:
        async with control(ca_pem=b"-----BEGIN CERTIFICATE-----") as api:
            answer = await api.call("GET", "/ca.pem")
            assert (answer.status, answer.raw) == (200, b"-----BEGIN CERTIFICATE-----")
        async with control() as api:
            answer = await api.call("GET", "/ca.pem")
            assert (answer.status, "clear text" in answer.detail) == (404, True)

    asyncio.run(test())
