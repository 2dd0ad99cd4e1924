"""A pizza shop that takes orders in Korean and Japanese: a whole extension on the standard library.

    python server.py            # http://127.0.0.1:8081/ko and /ja

An order may come in one sentence or piece by piece: what is known so far travels in ``sessionAttributes``.
A server that strangers can reach has to check the signature of each request; this one does not.
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SAYS = {
    "ko": {
        "welcome": "피자봇입니다. 어떤 피자를 드릴까요?",
        "menu": "페퍼로니, 바베큐, 치즈, 야채 피자가 있어요. 어떤 피자를 드릴까요?",
        "which": "어떤 피자를 드릴까요?",
        "how_many": "{pizza} 피자를 몇 판 드릴까요?",
        "confirm": "{pizza} 피자 {amount}판을 주문할까요?",
        "ordered": "{pizza} 피자 {amount}판을 주문했어요. 맛있게 드세요.",
        "again": "그럼 어떤 피자를 드릴까요?",
        "cancelled": "주문을 취소했어요.",
        "delivery": "피자는 20분 뒤에 도착해요.",
        "help": "치즈 피자 두 판 주문해줘 처럼 말씀해 주세요.",
    },
    "ja": {
        "welcome": "ピザ屋です。どのピザにしますか?",
        "menu": "ペパロニ、バーベキュー、チーズ、野菜のピザがあります。どのピザにしますか?",
        "which": "どのピザにしますか?",
        "how_many": "{pizza}ピザを何枚にしますか?",
        "confirm": "{pizza}ピザ{amount}枚でよろしいですか?",
        "ordered": "{pizza}ピザ{amount}枚を注文しました。",
        "again": "では、どのピザにしますか?",
        "cancelled": "注文を取り消しました。",
        "delivery": "ピザは20分後に届きます。",
        "help": "チーズピザを2枚注文して、のように話してください。",
    },
}
Json = dict[str, Any]


def answer(message: Json, lang: str) -> Json:
    """What the shop answers to a request of CEK."""
    request = message["request"]
    order = (message.get("session") or {}).get("sessionAttributes") or {}
    if request["type"] == "LaunchRequest":
        return says(lang, "welcome", {})
    if request["type"] != "IntentRequest":
        return says(lang, "", {}, ends=True)
    match request["intent"]["name"]:
        case "OrderPizza" | "AddInfo":
            return next_question(lang, {**order, **slots_of(request)})
        case "ProvideMenu":
            return says(lang, "menu", order)
        case "TrackDelivery":
            return says(lang, "delivery", {}, ends=True)
        case "Clova.YesIntent" if {"pizzaType", "pizzaAmount"} <= order.keys():
            return says(lang, "ordered", order, ends=True)
        case "Clova.NoIntent":
            return says(lang, "again", {})
        case "Clova.CancelIntent":
            return says(lang, "cancelled", {}, ends=True)
        case _:
            return says(lang, "help", order)


def slots_of(request: Json) -> dict[str, str]:
    return {name: slot["value"] for name, slot in (request["intent"].get("slots") or {}).items()}


def next_question(lang: str, order: Json) -> Json:
    if "pizzaType" not in order:
        return says(lang, "which", order)
    return says(lang, "confirm" if "pizzaAmount" in order else "how_many", order)


def says(lang: str, what: str, order: Json, *, ends: bool = False) -> Json:
    text = SAYS[lang][what].format(pizza=order.get("pizzaType"), amount=order.get("pizzaAmount")) if what else ""
    speech = {"type": "SimpleSpeech", "values": {"type": "PlainText", "lang": lang, "value": text}} if text else {}
    again = {"outputSpeech": speech} if text and not ends else {}
    return {
        "version": "0.1.0",
        "sessionAttributes": {} if ends else order,
        "response": {
            "outputSpeech": speech,
            "card": {},
            "directives": [],
            "shouldEndSession": ends,
            **({"reprompt": again} if again else {}),
        },
    }


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        lang = self.path.strip("/")
        if lang not in SAYS or not body:
            self.send(404 if lang not in SAYS else 400, {})
            return
        self.send(200, answer(json.loads(body), lang))

    def send(self, status: int, message: Json) -> None:
        body = json.dumps(message, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *values: Any) -> None:  # noqa: A002 - the name of http.server
        pass


def serve(port: int) -> ThreadingHTTPServer:
    """A server that listens; ``serve_forever`` has it answer."""
    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


if __name__ == "__main__":
    with serve(int(os.environ.get("PORT", "8081"))) as server:
        sys.stdout.write(f"listening on http://127.0.0.1:{server.server_port}\n")
        sys.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass
