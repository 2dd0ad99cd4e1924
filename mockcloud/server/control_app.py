"""The application of the control listener: the control API (`mockcloud.server.control`) as a Quart app.

It only translates: a request becomes an operation of `mockcloud.cic.operations`, which the machine answers. Whoever
goes away before the answer withdraws the question.
"""

from collections.abc import Callable
from functools import cache, partial
from importlib import resources
from typing import Any, cast

from msgspec import UNSET, Struct
from msgspec.structs import asdict
from quart import Quart, Request, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge
from werkzeug.routing import Map

from mockcloud.cic.operations import Measure, Outcome
from mockcloud.server.control.access import Access
from mockcloud.server.control.metrics import Metrics
from mockcloud.server.control.openapi import openapi
from mockcloud.server.control.problems import MEDIA_TYPE, Refusal, dumps, no_such_path, refusal, wrong_method
from mockcloud.server.control.reading import read_body, read_query, read_text
from mockcloud.server.control.routes import ROUTES, Route
from mockcloud.server.driver import Driver
from mockcloud.settings import Settings

CERTIFICATE = "application/x-pem-file"
_HTML = "text/html; charset=utf-8"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


class ControlApp(Quart):
    """Serves the control API of the cloud that ``driver`` drives.

    ``ready`` tells whether the device listener accepts: what ``/health`` answers by. ``ca_pem`` is the certificate
    that devices have to trust; without TLS there is none.
    """

    def __init__(
        self,
        driver: Driver,
        settings: Settings,
        ready: Callable[[], bool] = lambda: True,
        ca_pem: bytes | None = None,
    ) -> None:
        super().__init__("mockcloud.control", static_folder=None)
        self._driver = driver
        self._limits = settings.limits
        self._ready = ready
        self._ca_pem = ca_pem
        self._access = Access(settings)
        self._metrics = Metrics()
        self._openapi = b""
        self.config["MAX_CONTENT_LENGTH"] = settings.limits.body
        self.view_functions = {
            _endpoint("GET", "/"): self._front_page,
            _endpoint("GET", "/health"): self._health,
            _endpoint("GET", "/ca.pem"): self._trusted,
            _endpoint("GET", "/metrics"): self._measure,
            _endpoint("GET", "/openapi.json"): self._describe,
            **{_endpoint(route.method, route.path): partial(self._ask, route) for route in ROUTES},
        }
        self.url_map = _url_map(tuple(self.view_functions))
        self.before_request(self._check_access)
        self.after_request(self._finish)
        self.register_error_handler(Refusal, self._refused)
        self.register_error_handler(HTTPException, self._failed)

    # Calls

    async def _ask(self, route: Route, **variables: str) -> Response:
        arguments = {**variables, **await self._arguments(route)}
        return _answer(await self._driver.ask(route.asks(**arguments)), media=route.media)

    async def _arguments(self, route: Route) -> dict[str, Any]:
        """What query and body of the request say."""
        found = _members(read_query(request.query_string.decode("latin-1"), route.query))
        if route.method in ("GET", "DELETE"):
            return found
        body = cast(bytes, await request.get_data(cache=False))
        content_type = request.headers.get("content-type", "")
        if route.text:
            return found | {"text": read_text(body, content_type, self._limits.json_depth)}
        return found | _members(read_body(body, content_type, route.body, self._limits.json_depth))

    # Pages beside the calls

    async def _front_page(self) -> Response:
        page = resources.files("mockcloud.server.control").joinpath("page.html").read_bytes()
        return Response(page, content_type=_HTML, headers={"Content-Security-Policy": _POLICY})

    async def _health(self) -> Response:
        if not self._ready():
            raise refusal(503, "Not ready", "the device listener does not accept yet; try again in a moment")
        return _answer(Outcome(200, {"ready": True}))

    async def _trusted(self) -> Response:
        if self._ca_pem is None:
            raise refusal(
                404, "No certificate", "the device listener speaks clear text (h2c): nothing is to be trusted"
            )
        return Response(self._ca_pem, content_type=CERTIFICATE)

    async def _measure(self) -> Response:
        measured: Outcome = await self._driver.ask(Measure())
        body, content_type = self._metrics.page(measured.body, request.headers.get("accept", ""))
        return Response(body, content_type=content_type)

    async def _describe(self) -> Response:
        self._openapi = self._openapi or dumps(openapi())
        return Response(self._openapi, content_type="application/json")

    # Around every request

    async def _check_access(self) -> None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self._access.check(request.method, request.path, headers)

    async def _finish(self, response: Response) -> Response:
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        rule = request.url_rule
        path = request.endpoint.partition(" ")[2] if rule is not None and request.endpoint else ""
        self._metrics.count(request.method if path else "", path, response.status_code)
        return response

    async def _refused(self, refused: Refusal) -> Response:
        return _answer(refused.outcome, refused.headers)

    async def _failed(self, error: HTTPException) -> Response:
        refused = self._explained(error, request)
        return _answer(refused.outcome, refused.headers)

    def _explained(self, error: HTTPException, it: Request) -> Refusal:
        if isinstance(error, NotFound):
            return no_such_path(it.path, [(route.method, route.path) for route in ROUTES])
        if isinstance(error, MethodNotAllowed):
            return wrong_method(it.method, it.path, error.valid_methods or ())
        if isinstance(error, RequestEntityTooLarge):
            said = f"a body may have {self._limits.body} bytes; the setting limits.body allows more"
            return refusal(413, "Body too large", said)
        status = error.code or 500
        if status == 500:
            return refusal(500, "A bug in mockcloud", "please report it; the log of the server says more")
        return refusal(status, error.name, error.description or error.name)


def _endpoint(method: str, path: str) -> str:
    return f"{method} {path}"


@cache
def _url_map(endpoints: tuple[str, ...]) -> Map:
    """Where the endpoints are, made once for all clouds of a process."""
    app = Quart("mockcloud.control", static_folder=None)
    app.url_map.merge_slashes = False  # a redirect is not an answer that a client of an API expects
    for endpoint in endpoints:
        method, _, path = endpoint.partition(" ")
        rule = path.replace("{", "<").replace("}", ">")
        app.add_url_rule(rule, endpoint, methods=[method], provide_automatic_options=False)
    return app.url_map


def _members(values: Struct) -> dict[str, Any]:
    """What was given, or has a default."""
    return {name: value for name, value in asdict(values).items() if value is not UNSET}


def _answer(outcome: Outcome, headers: dict[str, str] | None = None, media: str = "") -> Response:
    if outcome.status == 204:
        response = Response(b"", 204)
        response.headers.pop("content-type", None)
        return response
    if isinstance(outcome.body, bytes):
        return Response(outcome.body, outcome.status, headers, content_type=media)
    kind = MEDIA_TYPE if outcome.status >= 400 else "application/json"
    return Response(dumps(outcome.body), outcome.status, headers, content_type=kind)
