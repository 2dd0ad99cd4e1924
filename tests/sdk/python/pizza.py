"""A pizza shop on the public Python SDK, as a developer would write it. It prints the port that it took.

``/checked`` checks signatures and application id, ``/debug`` has that switched off. What it says is short, since the
device takes its time to play it.
"""

import sys
from typing import Any

from cek import URL, Clova, IntentRequest, MessageSet, Request, Response
from flask import Flask, jsonify, request
from werkzeug.serving import make_server

APPLICATION_ID = "com.example.extension.pizzabot"


def shop(*, debug_mode: bool) -> Clova:
    clova = Clova(application_id=APPLICATION_ID, default_language="ko", debug_mode=debug_mode)

    @clova.handle.launch
    def launch(request: Request) -> Response:
        return clova.response("피자?", reprompt="네?")

    @clova.handle.intent("OrderPizza")
    def order(request: IntentRequest) -> Response:
        kind = request.slot_value("pizzaType") or request.session.attributes.get("kind")
        amount = request.slot_value("pizzaAmount")
        if not amount:
            return remembering(clova.response("몇 판?"), kind=kind)
        asked = MessageSet("네?", [f"{kind} {amount}", URL("https://pizza.test/bell.mp3")])
        return remembering(clova.response(asked), kind=kind, amount=amount)

    @clova.handle.intent("Clova.YesIntent")
    def yes(request: IntentRequest) -> Response:
        wanted = request.session.attributes
        return clova.response(f"{wanted['kind']} 피자 {wanted['amount']}판", end_session=True)

    @clova.handle.end
    def end(request: Request) -> None:
        return None

    @clova.handle.default
    def default(request: Request) -> Response:
        return clova.response("다시요")

    return clova


def remembering(response: Response, **attributes: Any) -> Response:
    response.session_attributes = attributes
    return response


app = Flask(__name__)
shops = {"checked": shop(debug_mode=False), "debug": shop(debug_mode=True)}


@app.post("/<name>")
def clova(name: str) -> Any:
    answer = jsonify(shops[name].route(request.data, request.headers))
    answer.headers["Content-Type"] = "application/json;charset-UTF-8"
    return answer


@app.errorhandler(Exception)
def refused(error: Exception) -> tuple[str, int]:
    return type(error).__name__, 500


server = make_server("127.0.0.1", 0, app)
sys.stdout.write(f"{server.server_port}\n")
sys.stdout.flush()
server.serve_forever()
