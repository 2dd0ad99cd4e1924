"""Dice to be thrown in Korean and Japanese: a whole extension on the standard library.

    python server.py            # http://127.0.0.1:8082/ko and /ja
    DICE_SEED=7 python server.py   # the same numbers each time

How many dice were thrown last travels in ``sessionAttributes``: whoever says yes throws as many again.
A server that strangers can reach has to check the signature of each request; this one does not.
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any

MOST = 10
SAYS = {
    "ko": {
        "welcome": "주사위를 몇 개 던질까요?",
        "one": "결과는 {numbers}입니다. 한 번 더 던질까요?",
        "many": "결과는 {numbers}, 합은 {sum}입니다. 한 번 더 던질까요?",
        "too_many": "주사위는 열 개까지 던질 수 있어요. 몇 개 던질까요?",
        "bye": "다음에 또 던져요.",
        "help": "주사위 두 개 던져줘 처럼 말씀해 주세요. 몇 개 던질까요?",
    },
    "ja": {
        "welcome": "サイコロをいくつ振りますか?",
        "one": "{numbers}が出ました。もう一度振りますか?",
        "many": "{numbers}が出ました。合計は{sum}です。もう一度振りますか?",
        "too_many": "サイコロは10個までです。いくつ振りますか?",
        "bye": "また遊びましょう。",
        "help": "サイコロを二つ振って、のように話してください。いくつ振りますか?",
    },
}
Json = dict[str, Any]


class Dice:
    """The game. ``seed``: the same numbers each time."""

    def __init__(self, seed: str | None = None) -> None:
        self._random = Random(seed)

    def answer(self, message: Json, lang: str) -> Json:
        """What the game answers to a request of CEK."""
        request = message["request"]
        before = (message.get("session") or {}).get("sessionAttributes") or {}
        if request["type"] == "LaunchRequest":
            return says(lang, SAYS[lang]["welcome"])
        if request["type"] != "IntentRequest":
            return says(lang, "", ends=True)
        match request["intent"]["name"]:
            case "ThrowDiceIntent":
                slot = (request["intent"].get("slots") or {}).get("diceCount") or {}
                return self.thrown(lang, int(slot.get("value") or 1))
            case "Clova.YesIntent" if "count" in before:
                return self.thrown(lang, before["count"])
            case "Clova.NoIntent" | "Clova.CancelIntent":
                return says(lang, SAYS[lang]["bye"], ends=True)
            case _:
                return says(lang, SAYS[lang]["help"], before)

    def thrown(self, lang: str, count: int) -> Json:
        if not 1 <= count <= MOST:
            return says(lang, SAYS[lang]["too_many"])
        numbers = [self._random.randint(1, 6) for _ in range(count)]
        text = SAYS[lang]["one" if count == 1 else "many"]
        shown = (", " if lang == "ko" else "と").join(map(str, numbers))
        return says(lang, text.format(numbers=shown, sum=sum(numbers)), {"count": count})


def says(lang: str, text: str, attributes: Json | None = None, *, ends: bool = False) -> Json:
    speech = {"type": "SimpleSpeech", "values": {"type": "PlainText", "lang": lang, "value": text}} if text else {}
    return {
        "version": "0.1.0",
        "sessionAttributes": attributes or {},
        "response": {"outputSpeech": speech, "card": {}, "directives": [], "shouldEndSession": ends},
    }


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    dice = Dice()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        lang = self.path.strip("/")
        if lang not in SAYS or not body:
            self.send(404 if lang not in SAYS else 400, {})
            return
        self.send(200, self.dice.answer(json.loads(body), lang))

    def send(self, status: int, message: Json) -> None:
        body = json.dumps(message, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *values: Any) -> None:  # noqa: A002 - the name of http.server
        pass


def serve(port: int, seed: str | None = None) -> ThreadingHTTPServer:
    """A server that listens; ``serve_forever`` has it answer."""
    handler = type("Seeded", (Handler,), {"dice": Dice(seed)})
    return ThreadingHTTPServer(("127.0.0.1", port), handler)


if __name__ == "__main__":
    with serve(int(os.environ.get("PORT", "8082")), os.environ.get("DICE_SEED")) as server:
        sys.stdout.write(f"listening on http://127.0.0.1:{server.server_port}\n")
        sys.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass
