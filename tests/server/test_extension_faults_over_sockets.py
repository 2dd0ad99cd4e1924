"""Every fault on requests to extensions, with a server that is really there: what it sees, what the user hears."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

import mockcloud
from mockcloud.faults.table import TABLE
from mockcloud.testing.server import Server

PATIENCE = "400ms"
SORRY = "죄송해요. 지금은 서비스를 이용할 수 없어요. 잠시 후 다시 시도해 주세요."
ANSWER = {
    "version": "0.1.0",
    "sessionAttributes": {},
    "response": {
        "outputSpeech": {"type": "SimpleSpeech", "values": {"type": "PlainText", "lang": "ko", "value": "네"}},
        "card": {},
        "directives": [],
        "shouldEndSession": True,
    },
}
MODEL = {"intents": {"Order": "[INTENT EXPRESSION]\n주문해줘\n"}}
LEGAL = [(at, effect) for (on, at, effect), verdict in TABLE.items() if on == "extension" and verdict.kind == "legal"]
EXPECTED = {
    ("headers", "status"): ("status", 0),
    ("headers", "delay"): ("timeout", 1),
    ("headers", "stall"): ("timeout", 1),
    ("end", "stall"): ("timeout", 1),
    ("end", "cut"): ("connect", 1),
    ("end", "malformed_json"): ("json", 1),
    ("end", "content_type"): ("", 1),
    ("headers", "refuse_connection"): ("connect", 0),
    ("headers", "bad_signature"): ("", 1),
}
"""The class of the failure (empty: none), and how many of the first request the server sees."""


class Shop(ThreadingHTTPServer):
    """An extension that keeps the requests that open a session, with their headers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: list[dict[str, str]] = []


class _Handler(BaseHTTPRequestHandler):
    server: Shop

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if asked["request"]["type"] == "LaunchRequest":
            self.server.seen.append({name.lower(): value for name, value in self.headers.items()})
        body = json.dumps(ANSWER).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    shop = Shop()
    thread = threading.Thread(target=shop.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield shop
    shop.shutdown()
    thread.join()
    shop.server_close()


def test_the_table_is_whole() -> None:
    assert set(LEGAL) == set(EXPECTED)


@pytest.mark.spec("K-131", "K-132")
@pytest.mark.parametrize(("at", "effect"), LEGAL)
def test_it_strikes_over_sockets(server: Server, shop: Shop, at: str, effect: str) -> None:
    shop.seen.clear()
    behaviour = {"extension_patience": PATIENCE}
    with mockcloud.Cloud(server=server, behaviour=behaviour, check=False) as cloud, cloud.device() as device:
        cloud.extension(url=f"http://127.0.0.1:{shop.server_port}/", model=MODEL, invocation_names=["피자봇"])
        cloud.fault(on="extension", at=at, effect=effect)
        device.type("피자봇 시작해줘")
        said = [message.words for message in cloud.journal(name="SpeechSynthesizer.Speak")]
        came = cloud.journal(kind="cek-response", request="LaunchRequest")[0]
        failure, seen = EXPECTED[at, effect]
        assert said == [SORRY if failure else "네"]
        assert came.entry["note"].partition("; ")[2].partition(":")[0] == failure
        assert len(shop.seen) == seen
        if effect == "bad_signature":
            signature = base64.b64decode(shop.seen[0]["signaturecek"])
            assert len(signature) == 256
        assert [one["struck"] for one in faults(cloud)] == [1]
        device.type("피자봇 시작해줘")
        assert cloud.journal(name="SpeechSynthesizer.Speak")[-1].words == "네"


def faults(cloud: mockcloud.Cloud) -> list[dict[str, Any]]:
    from mockcloud.cic.operations import ListFaults

    found: list[dict[str, Any]] = cloud.server.call(cloud.server.ask(ListFaults(cloud.account)))["faults"]
    return found
