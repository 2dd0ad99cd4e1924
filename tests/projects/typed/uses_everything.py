"""Tests of somebody who checks types strictly, with everything that the Python API has. mypy reads them, nobody runs
them."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from ssl import SSLContext
from typing import Any

import pytest

import mockcloud as mc
from mockcloud.client.vocabulary import Noted, Type

MODEL = {"intents": {"Order": Path("order.tsv")}, "slot_types": {"Pizza": "치즈\n"}}


def look_at(*values: object) -> None: ...


async def skill(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})


@pytest.fixture(scope="session")
def mockcloud_settings() -> dict[str, Any]:
    return {"edition": "4.4"}


@pytest.fixture
def speaker(mockcloud: mc.Cloud) -> Iterator[mc.Device]:
    with mockcloud.device("speaker", user_agent="a/1") as device:
        yield device


@pytest.mark.mockcloud(
    scenario="weather.yaml", faults=[{"on": "ping", "effect": "status"}], allow=["event.payload.type"]
)
def test_blocking(mockcloud: mc.Cloud, mockcloud_server: mc.Server, speaker: mc.Device) -> None:
    places: tuple[str, str, str, str, SSLContext] = (
        mockcloud.account,
        mockcloud.url,
        mockcloud.control_url,
        mockcloud.ca_file,
        mockcloud.ssl_context,
    )
    environ: dict[str, str] = mockcloud.environ
    given: mc.Credentials = mockcloud.credentials()
    token: mc.Token = mockcloud.token("radio")
    look_at(places, environ, given.client_id, given.client_secret, given.naver_access_token)
    look_at(token.device_id, token.access_token, token.refresh_token, token.expires_in + 1)
    assert mockcloud.server is mockcloud_server

    @mockcloud.on(event="TextRecognizer.Recognize", says={"contains": "비"}, nth=1)
    def rain(message: mc.Message) -> list[Mapping[str, Any] | str]:
        return [f"{message.device}: 우산", {"directive": "Clova.Hello"}]

    assert callable(rain)
    mockcloud.load(Path("rain.yaml"))
    mockcloud.say("오늘 날씨 어때", device="speaker")
    (pushed,) = mockcloud.push("Clova.Hello", {}, device="speaker", wait=1.5, unchecked=True)
    name: str = mockcloud.fault(on="event", effect="status", code=500)
    look_at(pushed.header, name)
    mockcloud.clear_faults()
    mockcloud.expire_tokens()

    message: mc.Message = mockcloud.expect("TextRecognizer.Recognize", within=2, payload={"text": "안녕"})
    received: list[mc.Message] = mockcloud.assert_received("TextRecognizer.Recognize", times=1)
    assert message in received
    assert message in mockcloud.journal(kind="event")
    at: datetime = message.at
    look_at(at, message.status, message.words, message.payload, message.context, message.violations, message.entry)
    mockcloud.wait_for_channel("speaker", within=1)

    moved: datetime = mockcloud.clock.advance("55m")
    assert moved < mockcloud.clock.advance_to(moved + timedelta(hours=1))
    assert mockcloud.clock.freeze("2026-01-01T07:00:00+09:00") == mockcloud.clock.now()
    mockcloud.clock.reset()

    with pytest.raises(mc.Refused) as refused:
        mockcloud.extension(skill, url="/clova", model=MODEL, invocation_names=["피자"], id="com.example.pizza")
    assert refused.value.status == 422
    extension: mc.Extension = mockcloud.extension(url="http://127.0.0.1:5000", model="pizza", invocation_names=["피자"])
    look_at(extension.id, extension.url, extension.described)
    assert extension.requests(request="LaunchRequest") != extension.answers()

    assert str(mockcloud.findings(allow="*").violations) in mockcloud.story()
    mockcloud.check(allow=["event.payload.type"])
    mockcloud.expect(1)  # type: ignore[arg-type]
    look_at(mockcloud.expect("Clova.Hello").wrods)  # type: ignore[attr-defined]
    mockcloud.clock.advance(60)  # type: ignore[arg-type]
    mockcloud.reset()


def test_device(speaker: mc.Device) -> None:
    speaker.ready(timeout=5)
    assert speaker.say("안녕", timeout=10).names == ["SpeechSynthesizer.Speak"]
    assert speaker.type("안녕").status == 200
    assert speaker.send_event("AudioPlayer.PlayStarted", {"token": "t"}).directives == ()
    speaker.press("stop")
    speaker.power(on=False)
    speaker.do(Type("안녕"))
    speaker.press(1)  # type: ignore[arg-type]
    noted: Noted = speaker.wait_for(lambda noted: noted.at > 0, timeout=1, since=0)
    assert noted in speaker.timeline


async def test_awaited(mockcloud: mc.Cloud, mockcloud_async: mc.AsyncCloud) -> None:
    assert mockcloud.awaitable is mockcloud_async
    async with mockcloud_async.device() as device:
        turn = await device.say("안녕", timeout=3)
        watched: list[Noted] = []
        device.watch(watched.append)
        assert turn.status == 200
        assert [noted.what for noted in device.timeline]
    message: mc.Message = await mockcloud_async.expect("TextRecognizer.Recognize")
    now: datetime = await mockcloud_async.clock.now()
    assert message.at < now


async def test_without_fixtures() -> None:
    with mc.Server({"edition": "4.4"}) as server:
        async with mc.AsyncCloud(server=server, strict=True, seed=3, lang="ja", edition="newer", allow="*") as cloud:
            device: mc.AsyncDevice = cloud.device("tv")
            assert device.profile.device_id == "tv"
            extension: mc.AsyncExtension = await cloud.extension(skill, model=MODEL, invocation_names=["피자"])
            assert await extension.requests() == []
        with pytest.raises(mc.CheckFailed) as failed, mc.Cloud(server=server, check=True, listener="shared"):
            pass
        assert failed.value.findings.errors == ()
    with pytest.raises(mc.ExpectationFailed) as missed, mc.Cloud(settings={"port": 0}, timezone="UTC") as cloud_:
        cloud_.expect("Clova.Hello")
    look_at(missed.value.nearest, missed.value.pattern)
