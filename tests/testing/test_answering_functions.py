"""`Cloud.on` and `Cloud.extension`: events answered by functions of the test, skills under test without a port."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import mockcloud
from mockcloud.errors import MockcloudError, UnreadableInput
from mockcloud.testing.server import Server
from tests.cloud.extensions.skills import ORDER, TRACK, TYPES, answer

SPEAK = "SpeechSynthesizer.Speak"
RAIN = """
mockcloud: 1
title: Rain
rules:
  - {name: rain, when: {says: {contains: 날씨}}, then: [{speak: 비 와요}]}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def cloud(server: Server) -> Iterator[mockcloud.Cloud]:
    with mockcloud.Cloud(server=server) as cloud:
        yield cloud


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def said(cloud: mockcloud.Cloud, text: str = "오늘 날씨 어때") -> list[str]:
    with cloud.device() as device:
        device.type(text)
    return [message.words for message in cloud.journal(name=SPEAK)]


@pytest.mark.parametrize(
    ("returned", "names"),
    [
        ("맑아요", [SPEAK]),
        ({"directive": "Clova.RenderText", "payload": {"text": "맑음"}}, ["Clova.RenderText"]),
        (["맑아요", {"directive": "Clova.RenderText", "payload": {"text": "맑음"}}], [SPEAK, "Clova.RenderText"]),
        (({"speak": text} for text in ("하나", "둘")), [SPEAK, SPEAK]),
        ([], []),
    ],
)
def test_what_a_function_may_return(cloud: mockcloud.Cloud, returned: Any, names: list[str]) -> None:
    @cloud.on(says={"contains": "날씨"})
    def weather(_: mockcloud.Message) -> Any:
        return returned

    with cloud.device() as device:
        assert device.type("오늘 날씨 어때").names == names
    (event,) = cloud.journal(kind="event", name="TextRecognizer.Recognize")
    assert event.entry["rule"] == "rule on weather"


def test_it_gets_the_event_and_what_is_understood_by_it(cloud: mockcloud.Cloud) -> None:
    got: list[mockcloud.Message] = []

    @cloud.on(event="TextRecognizer.Recognize", intent=["Increase", "Decrease"])
    def volume(message: mockcloud.Message) -> str:
        got.append(message)
        return "네"

    assert said(cloud, "볼륨 3만큼 올려 줘") == ["네"]
    (message,) = got
    assert (message.name, message.device, message.words) == ("TextRecognizer.Recognize", "device", "볼륨 3만큼 올려 줘")
    assert message.payload["text"] == "볼륨 3만큼 올려 줘"
    assert "Device.DeviceState" in message.context
    assert (message.intent, list(message.slots)) == ("Increase", ["target", "amount"])


def test_none_leaves_an_event_to_the_next_function_to_the_scenario_and_to_the_cloud(cloud: mockcloud.Cloud) -> None:
    asked: list[str] = []
    replies = iter(["첫째", None, None, None])

    @cloud.on(event="TextRecognizer.Recognize")
    def first(_: mockcloud.Message) -> str | None:
        asked.append("first")
        return next(replies)

    cloud.load(RAIN)

    @cloud.on(event="TextRecognizer.Recognize", says={"contains": "내일"})
    def second(_: mockcloud.Message) -> str:
        asked.append("second")
        return "둘째"

    with cloud.device() as device:
        for text in ("오늘 날씨", "내일 날씨", "오늘 날씨", "안녕"):
            device.type(text)
    assert [message.words for message in cloud.journal(name=SPEAK)][:3] == ["첫째", "둘째", "비 와요"]
    assert asked == ["first", "first", "second", "first", "first"]
    assert len(cloud.journal(name=SPEAK)) == 4


def test_functions_with_one_name_are_told_apart(cloud: mockcloud.Cloud) -> None:
    for text in ("하나", "둘"):
        cloud.on(says=text)(lambda _, text=text: f"{text}!")
    assert said(cloud, "둘") == ["둘!"]
    (event,) = cloud.journal(kind="event", name="TextRecognizer.Recognize")
    assert event.entry["rule"] == "rule on <lambda> (2)"


def test_it_may_be_given_before_the_cloud_is_there(server: Server) -> None:
    cloud = mockcloud.Cloud(server=server, scenario=RAIN)

    @cloud.on(says={"contains": "날씨"})
    def weather(_: mockcloud.Message) -> str:
        return "맑아요"

    with cloud:
        assert said(cloud) == ["맑아요"]


def test_a_function_that_blocks_keeps_nobody_waiting(cloud: mockcloud.Cloud) -> None:
    go = threading.Event()

    @cloud.on(event="TextRecognizer.Recognize", device="slow")
    def slow(_: mockcloud.Message) -> str:
        cloud.expect("TextRecognizer.Recognize", device="quick")
        go.wait(10)
        return "이제야"

    with cloud.device("slow") as waiting, cloud.device("quick") as other:
        turns: list[Any] = []
        thread = threading.Thread(target=lambda: turns.append(waiting.type("안녕")))
        thread.start()
        other.type("안녕")
        assert not turns
        go.set()
        thread.join(10)
    assert "이제야" in [message.words for message in cloud.journal(name=SPEAK, device="slow")]


@pytest.mark.anyio
async def test_a_coroutine_runs_on_the_loop_of_the_test(server: Server) -> None:
    import asyncio

    async with mockcloud.AsyncCloud(server=server) as cloud, cloud.device() as device:
        loops = []

        @cloud.on(says={"contains": "날씨"})
        async def weather(_: mockcloud.Message) -> str:
            loops.append(asyncio.get_running_loop())
            return "맑아요"

        await device.type("오늘 날씨")
        assert loops == [asyncio.get_running_loop()]
        assert [one.words for one in await cloud.journal(name=SPEAK)] == ["맑아요"]


# What goes wrong


def failed(server: Server, function: Any) -> mockcloud.CheckFailed:
    """What `check` says when this function was asked about the weather."""
    with mockcloud.Cloud(server=server, check=False) as cloud:
        cloud.on(says={"contains": "날씨"})(function)
        with cloud.device() as device:
            device.type("날씨")
        with pytest.raises(mockcloud.CheckFailed) as caught:
            cloud.check()
    return caught.value


def test_a_function_that_raises_fails_the_test_with_its_traceback(server: Server) -> None:
    def inside() -> None:
        raise LookupError("no such city")

    def weather(_: mockcloud.Message) -> str:
        inside()
        return ""

    error = failed(server, weather)
    text = str(error)
    assert "functions that failed:" in text
    assert "on weather: Traceback (most recent call last):" in text
    assert 'raise LookupError("no such city")' in text
    assert "to_thread" not in text
    (finding,) = error.findings.violations
    assert finding.startswith("scenario.call.failed: ")


@pytest.mark.parametrize("returned", [7, b"text", object()])
def test_what_a_function_may_not_return(server: Server, returned: Any) -> None:
    assert "TypeError: it returned " in str(failed(server, lambda _: returned))


def test_a_failed_assertion_of_pytest_counts(server: Server) -> None:
    assert "Failed: not so" in str(failed(server, lambda _: pytest.fail("not so")))


def test_a_wrong_directive_is_a_finding_with_the_line_of_the_function(server: Server) -> None:
    def weather(_: mockcloud.Message) -> Any:
        return [{"directive": "Clova.RenderTxt"}, "맑아요"]

    findings = failed(server, weather).findings
    assert not findings.failed
    (finding,) = findings.violations
    assert finding.startswith("scenario.call.answer: ")
    assert "then[0].directive: there is no directive 'Clova.RenderTxt'" in finding
    assert "did you mean Clova.RenderText?" in finding
    assert f"{__file__}:{weather.__code__.co_firstlineno}: " in finding


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ({"event": "Clova.Nope"}, "there is no event 'Clova.Nope'"),
        ({"says": {"contain": "x"}}, "`contain` is not an operator"),
        ({"intent": "Increese"}, "did you mean Increase"),
    ],
)
def test_conditions_that_make_no_sense_are_refused_at_once(
    cloud: mockcloud.Cloud, when: dict[str, Any], said: str
) -> None:
    with pytest.raises(UnreadableInput, match=said):
        cloud.on(**when)(lambda _: None)
    cloud.on(says="안녕")(lambda _: "네")


def test_nothing_is_left_of_it(server: Server) -> None:
    before = dict(server.cloud.calls.apps)
    with mockcloud.Cloud(server=server, account="default", listener="shared") as cloud:
        cloud.on(says="안녕")(lambda _: "네")
        assert len(server.cloud.calls.apps) == len(before) + 1
    assert server.cloud.calls.apps == before
    assert server.cloud.machine.core.accounts.by_id["default"].scenario.rules == ()


# Extensions


def wsgi(environ: dict[str, Any], start: Any) -> list[bytes]:
    asked = json.loads(environ["wsgi.input"].read())
    assert environ["PATH_INFO"] == "/clova"
    start("200 OK", [("Content-Type", "application/json")])
    if asked["request"]["type"] == "LaunchRequest":
        return [json.dumps(answer("무엇을 드릴까요?", ends=False, attributes={"step": 1})).encode()]
    return [json.dumps(answer("주문했어요.")).encode()]


async def asgi(scope: Any, receive: Any, send: Any) -> None:
    message = await receive()
    body = b"".join(wsgi({"wsgi.input": _Body(message["body"]), "PATH_INFO": scope["path"]}, lambda *_: None))
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": body})


class _Body:
    def __init__(self, data: bytes) -> None:
        self.data = data

    def read(self) -> bytes:
        return self.data


MODEL = {"intents": {"OrderPizza": ORDER, "TrackDelivery": TRACK}, "slot_types": {"PIZZA_TYPE": TYPES}}


@pytest.mark.spec("K-052", "K-055", "K-080")
@pytest.mark.parametrize("app", [wsgi, asgi])
def test_a_skill_is_tried_without_a_port(cloud: mockcloud.Cloud, app: Any) -> None:
    pizza = cloud.extension(app=app, url="/clova", model=MODEL, invocation_names=["피자봇"])
    assert pizza.id == "com.example.extension"
    with cloud.device() as device:
        device.type("피자봇 시작해줘")
        device.type("치즈 피자 시켜줘")
    assert [message.words for message in cloud.journal(name=SPEAK)] == ["무엇을 드릴까요?", "주문했어요."]
    launch, order = pizza.requests()
    assert launch["request"]["type"] == "LaunchRequest"
    assert order["session"]["sessionAttributes"] == {"step": 1}
    assert pizza.requests(intent="OrderPizza", slots={"pizzaType": "치즈"}) == [order]
    assert pizza.requests(request="SessionEndedRequest") == []
    assert [one["sessionAttributes"] for one in pizza.answers()] == [{"step": 1}, {}]
    assert pizza.described["built"]


def test_a_model_is_read_from_a_folder_of_the_consoles_files(cloud: mockcloud.Cloud, tmp_path: Path) -> None:
    (tmp_path / "a.b_intent_TrackDelivery.tsv").write_text(TRACK, encoding="utf-16")
    order = tmp_path / "order.txt"
    order.write_text(ORDER)
    pizza = cloud.extension(app=wsgi, model=tmp_path, invocation_names=["피자봇"], id="a.b", name="피자")
    assert list(pizza.described["model"]["intents"]) == ["TrackDelivery"]
    assert pizza.described["name"] == "피자"
    model = {"intents": {"OrderPizza": order}, "slot_types": {"PIZZA_TYPE": {"tsv": TYPES}}}
    assert cloud.extension(app=wsgi, model=model, invocation_names=["피자집"]).described["built"]


@pytest.mark.anyio
async def test_extensions_awaited(server: Server) -> None:
    async with mockcloud.AsyncCloud(server=server) as cloud, cloud.device() as device:
        pizza = await cloud.extension(asgi, url="/clova", model=MODEL, invocation_names=["피자봇"])
        await device.type("피자봇 시작해줘")
        assert len(await pizza.requests()) == 1


def test_mistakes_of_a_registration(cloud: mockcloud.Cloud, tmp_path: Path) -> None:
    with pytest.raises(MockcloudError, match="an extension needs a server"):
        cloud.extension(model=MODEL, invocation_names=["피자봇"])
    with pytest.raises(MockcloudError, match=r"of the url write the path alone \('/clova'\)"):
        cloud.extension(app=wsgi, url="http://h/clova", model=MODEL, invocation_names=["피자봇"])
    with pytest.raises(MockcloudError, match="has no ID_intent_NAME"):
        cloud.extension(app=wsgi, model=tmp_path, invocation_names=["피자봇"])
    (tmp_path / "order.tsv").write_text(ORDER)
    with pytest.raises(MockcloudError, match="is not called as the console calls it"):
        cloud.extension(app=wsgi, model=tmp_path, invocation_names=["피자봇"])
    with pytest.raises(mockcloud.Refused, match="is not an Extension ID"):
        cloud.extension(app=wsgi, model=MODEL, invocation_names=["피자봇"], id="pizza")


def test_an_extension_goes_with_its_account(server: Server) -> None:
    before = dict(server.cloud.calls.apps)
    with mockcloud.Cloud(server=server) as cloud:
        cloud.extension(app=wsgi, model=MODEL, invocation_names=["피자봇"])
        assert server.cloud.calls.apps != before
    assert server.cloud.calls.apps == before
