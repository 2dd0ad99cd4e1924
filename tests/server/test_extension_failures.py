"""Extensions that fail in every way, from a device's words to what its user hears, over sockets.

All of them fail at the same time, each towards a device of its own: nobody waits for another's extension.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

import mockcloud
from mockcloud.cek.failures import prepared_message
from mockcloud.cic.operations import ChangeAccount, PutExtension, WaitForJournal
from mockcloud.client.reference import Turn
from mockcloud.server.certificates import CertificateAuthority
from mockcloud.testing.cloud import AsyncCloud
from mockcloud.testing.message import Message
from mockcloud.testing.server import Server
from tests.cek.misbehaving import Misbehaving, misbehaving, whole
from tests.cloud.extensions.skills import ORDER, PIZZA, TYPES, answer

PREPARED = prepared_message("ko")
HANGING = ("late", "half")
"""Those that the cloud loses its patience with, which is then short."""
CALL, ORDERING = "피자봇 시작해줘", "배달 언제 와"
OPENING = whole(json.dumps(answer("네", ends=False, attributes={"before": 1})).encode())
UNCOMPRESSED = whole(b"{}", headers=b"Content-Type: application/json\r\nContent-Encoding: gzip\r\n")

IN_SESSION = {
    "late": ("extension.timeout", "did not answer within 4 s"),
    "half": ("extension.timeout", "broke off after 30 bytes of its body"),
    "500": ("extension.status", "the status is 500"),
    "redirect": ("extension.status", "redirects are not followed"),
    "html": ("extension.content-type", "text/html"),
    "broken-json": ("extension.json", "line 1, column 175"),
    "latin-1": ("extension.encoding", "UTF-8"),
    "not-gzip": ("extension.encoding", "said to be gzip, but it is not"),
    "50-mb": ("extension.too-large", "52428800 bytes long"),
    "endless": ("extension.too-large", "1048576 are read at most"),
    "no-http": ("extension.connect", "does not speak HTTP/1.1"),
    "hang-up": ("extension.connect", "hung up"),
    "reset": ("extension.connect", "ConnectionResetError"),
}
"""What goes wrong when a session is open: the code of the finding, and what its text says of the cause."""
AT_FIRST = {
    "down": ("extension.connect", "nobody listens"),
    "unknown-certificate": ("extension.tls", "is not trusted"),
}
"""What goes wrong with the very first request."""


@dataclass
class Shop(Misbehaving):
    """Opens a session as it should, takes its end, and answers in between as the name of the device says."""

    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def _answer(self, path: str, writer: asyncio.StreamWriter) -> None:
        message = json.loads(self.requests[-1][1])
        device = message["context"]["System"]["device"]["deviceId"]
        match message["request"]["type"], device:
            case "LaunchRequest", _:
                writer.write(OPENING)
            case "SessionEndedRequest", _:
                writer.write(whole())
            case _, "not-gzip":
                writer.write(UNCOMPRESSED)
            case _, "held":
                await self.released.wait()
                writer.write(whole())
            case _, "held-in-the-body":
                head, _, body = whole().partition(b"\r\n\r\n")
                writer.write(head + b"\r\n\r\n" + body[:20])
                await self.released.wait()
                writer.write(body[20:])
            case _:
                await super()._answer(f"/{device}", writer)

    def asked(self, device: str) -> list[Any]:
        """The requests for that device."""
        bodies = [json.loads(body) for _, body in self.requests]
        return [one for one in bodies if one["context"]["System"]["device"]["deviceId"] == device]


@dataclass
class Failed:
    """One device's conversation with an extension that fails."""

    turn: Turn
    journal: list[Message]
    asked: list[Any]
    """What its extension got, if it got anything."""

    def named(self, name: str) -> list[Message]:
        return [message for message in self.journal if message.name == name]

    def answers(self) -> list[Message]:
        return [message for message in self.journal if message.kind == "cek-response"]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@asynccontextmanager
async def shop(server: Server) -> AsyncIterator[tuple[AsyncCloud, Shop]]:
    """An account with the shop, one that does not run, and one whose certificate nobody knows."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nowhere = f"http://127.0.0.1:{taken.getsockname()[1]}"
    tls = CertificateAuthority.fresh().server_context(["127.0.0.1"])
    async with (
        mockcloud.AsyncCloud(server=server, behaviour=patience("60s"), check=False) as cloud,
        misbehaving(state=Shop()) as running,
        misbehaving(tls) as unknown,
    ):
        assert isinstance(running, Shop)
        await register(cloud, "피자봇", running.url)
        await register(cloud, "없는봇", nowhere)
        await register(cloud, "인증봇", unknown.url)
        yield cloud, running


def patience(time: str) -> dict[str, str]:
    return {"extension_patience": time}


async def register(cloud: AsyncCloud, name: str, url: str) -> None:
    registration = {**PIZZA, "invocation_names": [name], "url": f"{url}/clova"}
    extension = registration.pop("id") + url.rpartition(":")[2]
    await cloud.server.ask(PutExtension(extension, registration, account=cloud.account))


async def answered(cloud: AsyncCloud, device: str, name: str) -> None:
    """Wait until the answer to that request of an extension, or its failure, is on record."""
    match = {"kind": "cek-response", "name": name, "device": device}
    done = await cloud.server.ask(WaitForJournal(account=cloud.account, match=match, timeout_ms=20_000))
    assert done["matched"]


@pytest.fixture(scope="module")
def failed(server: Server) -> dict[str, Failed]:
    """What became of every way to fail, all at the same time."""

    async def converse(cloud: AsyncCloud, running: Shop, device: str) -> Failed:
        async with cloud.device(device) as speaker:
            if device in AT_FIRST:
                turn = await speaker.type({"down": "없는봇 시작해줘"}.get(device, "인증봇 시작해줘"))
            else:
                await speaker.type(CALL)
                if device in HANGING:
                    await server.ask(ChangeAccount(cloud.account, {"behaviour": patience("4s")}))
                turn = await speaker.type(ORDERING)
            await answered(cloud, device, "SessionEndedRequest")
        return Failed(turn, await cloud.journal(device=device), running.asked(device))

    async def all_at_once() -> dict[str, Failed]:
        names = [*IN_SESSION, *AT_FIRST]
        async with shop(server) as prompt, AsyncExitStack() as stack:
            hanging = {name: await stack.enter_async_context(shop(server)) for name in HANGING}
            shops = [hanging.get(name, prompt) for name in names]
            done = await asyncio.gather(*(converse(*shop, name) for shop, name in zip(shops, names, strict=True)))
            return dict(zip(names, done, strict=True))

    return asyncio.run(all_at_once())


EVERY = [(name, *told) for name, told in (IN_SESSION | AT_FIRST).items()]


@pytest.mark.spec("K-130", "K-132")
@pytest.mark.parametrize("way", [name for name, _, _ in EVERY])
def test_the_user_is_told(failed: dict[str, Failed], way: str) -> None:
    turn = failed[way].turn
    assert (turn.status, turn.names) == (200, ["Clova.RenderText", "SpeechSynthesizer.Speak", "Clova.FinishExtension"])
    assert turn.directives[0].payload == {"text": PREPARED}
    assert [speak.words for speak in failed[way].named("SpeechSynthesizer.Speak")][-1] == PREPARED


@pytest.mark.spec("K-131")
@pytest.mark.parametrize(("way", "code", "cause"), EVERY)
def test_the_journal_says_class_and_cause(failed: dict[str, Failed], way: str, code: str, cause: str) -> None:
    found = failed[way].answers()[1 if way in IN_SESSION else 0].entry
    (told,) = [one for one in found["violations"] if one["severity"] == "violation"]
    assert told["code"] == code
    assert cause in told["said"]
    assert f"; {code.removeprefix('extension.').replace('-', '_')}: " in found["note"]


@pytest.mark.spec("K-130", "K-132", "K-133")
@pytest.mark.parametrize("way", list(IN_SESSION))
def test_the_session_ends_and_the_extension_is_told_once(failed: dict[str, Failed], way: str) -> None:
    asked = failed[way].asked
    assert [one["request"]["type"] for one in asked] == ["LaunchRequest", "IntentRequest", "SessionEndedRequest"]
    assert asked[1]["session"]["sessionAttributes"] == {"before": 1}
    assert len({one["session"]["sessionId"] for one in asked}) == 1
    last = failed[way].answers()[-1]
    assert (last.name, last.violations, last.entry["note"].endswith("; ignored")) == ("SessionEndedRequest", (), True)


@pytest.mark.spec("K-132", "K-133")
@pytest.mark.parametrize("way", list(AT_FIRST))
def test_a_first_request_that_fails_counts_as_a_session(failed: dict[str, Failed], way: str) -> None:
    requests = [message.name for message in failed[way].journal if message.kind == "cek-request"]
    assert requests == ["LaunchRequest", "SessionEndedRequest"]
    assert failed[way].answers()[-1].violations == ()


@pytest.mark.spec("K-088", "K-132")
def test_after_a_failure_all_is_as_it_was_before(server: Server) -> None:
    async def test() -> None:
        async with shop(server) as (cloud, running), cloud.device("500") as device:
            for said in (CALL, ORDERING):
                await device.type(said)
            await answered(cloud, "500", "SessionEndedRequest")
            await device.type(ORDERING)
            assert len(running.asked("500")) == 3
            turn = await device.type(CALL)
            assert turn.names[0] == "Clova.StartExtension"
            again = running.asked("500")[-1]["session"]
            assert (again["new"], again["sessionAttributes"]) == (True, {})

    asyncio.run(test())


def test_a_compressed_answer_is_heard_all_the_same(server: Server) -> None:
    async def test() -> None:
        async with shop(server) as (cloud, _), cloud.device("gzip") as device:
            for said in (CALL, ORDERING):
                await device.type(said)
            assert (await cloud.journal(name="SpeechSynthesizer.Speak", channel="response"))[-1].words == "안녕"
            found = (await cloud.journal(kind="cek-response"))[-1].entry["violations"]
            assert [(one["code"], one["severity"]) for one in found] == [("extension.encoding", "warning")]

    asyncio.run(test())


@pytest.mark.spec("K-131")
def test_no_other_device_waits_for_an_extension(server: Server) -> None:
    """The extension answers these two only after a third device, of the same account, was answered."""

    async def test() -> None:
        async with shop(server) as (cloud, running), AsyncExitStack() as stack:
            waiting = [await stack.enter_async_context(cloud.device(name)) for name in ("held", "held-in-the-body")]
            other = await stack.enter_async_context(cloud.device("other"))
            for device in waiting:
                await device.type(CALL)
            asked = [asyncio.create_task(device.type(ORDERING)) for device in waiting]
            await running.has_received(4)
            assert "SpeechSynthesizer.Speak" in (await other.type("안녕")).names
            assert (await other.type(CALL)).names[0] == "Clova.StartExtension"
            assert not any(task.done() for task in asked)
            running.released.set()
            for turn in await asyncio.gather(*asked):
                assert "SpeechSynthesizer.Speak" in turn.names
            assert not await cloud.findings()

    asyncio.run(test())


# Models that nobody wants


EXAMPLES = "[INTENT EXPRESSION]\n" + "\n".join(f"피자 {number} 번" for number in range(100_000))
TWO_TYPES = "[INTENT SLOT]\na\tA_TYPE\nb\tB_TYPE\n\n[INTENT EXPRESSION]\n<a>콜라</a> 주세요\n<b>콜라</b> 그만\n"
UNBALANCED = ORDER + "<pizzaType>치즈 주문\n<pizzaAmount>두 판</pizzaType> 줘\n"


def model(intents: dict[str, str], **slot_types: str) -> dict[str, Any]:
    return {
        "intents": {name: {"tsv": text} for name, text in intents.items()},
        "slot_types": {name: {"tsv": text} for name, text in slot_types.items()},
    }


async def put(cloud: AsyncCloud, written: dict[str, Any]) -> httpx.Response:
    url = f"{cloud.control_url}/v1/extensions/{PIZZA['id']}"
    body = {**PIZZA, "account": cloud.account, "model": written}
    del body["id"]
    async with httpx.AsyncClient(timeout=60) as client:
        return await client.put(url, json=body)


@pytest.mark.spec("K-040", "K-042", "K-044")
@pytest.mark.parametrize(
    ("written", "problems", "warned"),
    [
        (model({}), [], ""),
        (model({"OrderPizza": ""}), [], "the intent has no example"),
        (model({"OrderPizza": ORDER}, PIZZA_TYPE=""), [], "the slot type has no entry"),
        (model({"X": TWO_TYPES}, A_TYPE="콜라\n사이다\n", B_TYPE="콜라\n물\n"), [], "'콜라': a value of A_TYPE too"),
        (
            model({"OrderPizza": UNBALANCED}, PIZZA_TYPE=TYPES),
            [(10, "<pizzaType> is never closed"), (11, "</pizzaType> closes nothing: <pizzaAmount> is open")],
            "",
        ),
    ],
    ids=["nothing", "no example", "no entry", "a word of two types", "tags"],
)
def test_a_model_of_no_use(
    server: Server, written: dict[str, Any], problems: list[tuple[int, str]], warned: str
) -> None:
    async def test() -> None:
        async with mockcloud.AsyncCloud(server=server) as cloud:
            answered = await put(cloud, written)
            body = answered.json()
            assert answered.status_code == (422 if problems else 201)
            assert [(one["line"], one["said"]) for one in body.get("problems", ())] == problems
            warnings = [one["message"] for one in body.get("report", {}).get("warnings", ())]
            assert warned in " ".join(warnings)

    asyncio.run(test())


@pytest.mark.spec("K-038")
def test_no_device_waits_for_a_model_of_a_hundred_thousand_lines(server: Server) -> None:
    async def test() -> None:
        async with mockcloud.AsyncCloud(server=server) as cloud, cloud.device() as device:
            putting = asyncio.create_task(put(cloud, model({"Many": EXAMPLES})))
            for _ in range(3):
                assert (await device.type("안녕")).status == 200
            assert not putting.done()
            refused = (await putting).json()
            assert refused["status"] == 422
            (problem,) = refused["problems"]
            assert (problem["line"], "100000 examples" in problem["said"]) == (2002, True)

    asyncio.run(test())
