"""Of the device listener all that is not a CIC endpoint: auth, terms, media, account linking, keys.

These are whole requests with whole answers: the routes translate, the machine decides.
"""

import asyncio
from typing import cast

from quart import Quart, Response, request

from mockcloud.cek.paths import BUILT_IN_PATH, REDIRECT_PATH
from mockcloud.cek.signing import CHAINS, PUBLIC_KEY_PATH
from mockcloud.server.driver import Driver
from mockcloud.wire.http import WebRequest, WebResponse

NOT_HERE = (
    "mockcloud, device listener: there is nothing at this path.\n"
    "CIC: GET /v1/directives, POST /v1/events, GET /ping (HTTP/2). Auth: /authorize, /token.\n"
    "Account linking: /v1/al/token.\n"
)


class DeviceRoutes(Quart):
    """The Quart app behind `mockcloud.server.device_app.DeviceApp`."""

    def __init__(self, driver: Driver, body_limit: int) -> None:
        super().__init__("mockcloud.device", static_folder=None)
        self._driver = driver
        self._keys = driver.extension_calls.keys
        self.config["MAX_CONTENT_LENGTH"] = body_limit
        self.config["BODY_TIMEOUT"] = self.config["RESPONSE_TIMEOUT"] = None
        of_linking = (REDIRECT_PATH, f"{REDIRECT_PATH}/", f"{BUILT_IN_PATH}<path:_>")
        for rule in ("/authorize", "/token", "/terms", "/media/<path:_>", *of_linking):
            self.add_url_rule(
                rule,
                rule,
                self._web,
                methods=["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"],
                provide_automatic_options=False,
            )
        for path in (PUBLIC_KEY_PATH, *CHAINS):
            self.add_url_rule(path, path, self._key, provide_automatic_options=False)
        self.register_error_handler(404, self._not_here)

    async def _web(self, _: str = "") -> Response:
        answer: WebResponse = await self._driver.ask(
            WebRequest(
                method=request.method,
                path=request.path,
                query=request.query_string.decode("latin-1"),
                headers=tuple((name.lower(), value) for name, value in request.headers.items()),
                body=cast(bytes, await request.get_data()),
                scheme=request.scheme,
                authority=request.host,
                ex=request.scope["state"]["h2"].exchange,
            )
        )
        response = Response(answer.body, answer.status)
        response.headers.pop("content-type", None)
        for name, value in answer.headers:
            response.headers[name] = value
        return response

    async def _key(self) -> Response:
        """What extensions check signatures with (K-094, K-095)."""
        chain = CHAINS.get(request.path)
        await self._keys.ready()
        pem = self._keys.key().public_pem if chain is None else await asyncio.to_thread(self._keys.chain, chain)
        return Response(pem, content_type="application/x-pem-file")

    async def _not_here(self, _: Exception) -> Response:
        return Response(NOT_HERE, 404, content_type="text/plain; charset=utf-8")
