"""What mockcloud is compared with: a Quart app on stock Hypercorn that reads an event and answers 204.

It does no more than any program must that takes these requests: read the body, find the JSON, parse it.
Usage: python bare_quart.py PORT CERTIFICATE KEY
"""

import asyncio
import json
import sys

from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart, Response, request

app = Quart(__name__)


@app.post("/v1/events")
async def events() -> Response:
    body = await request.get_data()
    json.loads(body[body.index(b"\r\n\r\n") + 4 : body.rindex(b"\r\n--")])
    return Response(status=204)


@app.get("/v1/directives")
async def directives() -> Response:
    async def stream():
        yield b"hello"
        await asyncio.Event().wait()

    return Response(stream(), content_type="multipart/related; boundary=x")


if __name__ == "__main__":
    config = Config()
    config.bind = [f"127.0.0.1:{sys.argv[1]}"]
    config.certfile, config.keyfile = sys.argv[2:4]
    config.alpn_protocols = ["h2"]
    config.keep_alive_max_requests = 10**9
    config.loglevel = "ERROR"
    app.config["RESPONSE_TIMEOUT"] = None
    asyncio.run(serve(app, config))
