"""Commands talk to a running server by its control API.

Raises `CannotStart` when no server is reached, `Refused` when it does not do what it was asked for.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from mockcloud.commands.serve import is_loopback
from mockcloud.errors import EXIT_FAILED, EXIT_USAGE, CannotStart, MockcloudError
from mockcloud.settings import Settings

if TYPE_CHECKING:
    import httpx

_BUILDING = 60.0
"""Seconds beside that in which a server builds a large model, or waits for an extension's server."""
PATIENCE = 10.0
"""Seconds that a server has for its answer, beside what a call itself waits for."""


class Refused(MockcloudError):
    """The server's answer was a problem: what it says of it, in words. Exit code 1; 2 for what does not exist."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.problem = dict(problem)
        self.exit_code = EXIT_USAGE if status in (400, 404) else EXIT_FAILED
        title, detail = problem.get("title", f"status {status}"), problem.get("detail", "")
        super().__init__(f"{title}: {detail}" if detail else str(title))


class ControlClient:
    """The control API at an origin (``http://127.0.0.1:8444``). Every call is one request.

    with ControlClient(url) as control:
        control.account("default")["device_url"]
    """

    def __init__(self, url: str, token: str = "", *, transport: "httpx.BaseTransport | None" = None) -> None:
        import httpx

        self.url = url.rstrip("/")
        headers = {"authorization": f"Bearer {token}"} if token else {}
        # A proxy of the environment is never between us and a server for tests.
        self._http = httpx.Client(
            base_url=self.url, headers=headers, timeout=PATIENCE, trust_env=False, transport=transport
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def account(self, account: str) -> dict[str, Any]:
        """Its client, its settings, and the ``device_url`` of the server."""
        found: dict[str, Any] = self._call("GET", f"/v1/accounts/{quote(account, safe='')}")
        return found

    def set_question_timeout(self, account: str, device: str, question_timeout: str | None) -> None:
        """How long questions wait for the user of a device; ``None``: as long as the account's settings say."""
        path = f"/v1/accounts/{quote(account, safe='')}/devices/{quote(device, safe='')}/question-timeout"
        self._call("PUT", path, {"question_timeout": question_timeout})

    def ca_pem(self) -> bytes | None:
        """The certificate that devices have to trust; ``None`` for a server without TLS."""
        with self._reaching():
            answer = self._http.get("/ca.pem")
        return answer.content if answer.status_code == 200 else None

    def queue_utterance(self, account: str, text: str, device: str) -> None:
        """What the next microphone audio of the device means."""
        path = f"/v1/accounts/{quote(account, safe='')}/utterances"
        self._call("POST", path, {"text": text, "device": device})

    def app(self, account: str, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """A call of the companion app's side, under ``/v1/accounts/{account}/app``."""
        return self._call(method, f"/v1/accounts/{quote(account, safe='')}/app{path}", body)

    def extension(
        self, method: str, account: str, extension: str = "", body: Mapping[str, Any] | None = None, *, about: str = ""
    ) -> Any:
        """A call under ``/v1/extensions``; PEM comes as text."""
        path = "/v1/extensions" + (f"/{quote(extension, safe='')}" if extension else "") + about
        return self._call(method, path, body, query={"account": account}, patience=_BUILDING)

    def push(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """``POST /v1/push``: for each downchannel, that the directive has left or is blocked."""
        answer = self._call("POST", "/v1/push", body, patience=body.get("wait_ms", 0) / 1000)
        sent: list[dict[str, Any]] = answer["sent"]
        return sent

    def journal(self, which: str = "journal", **filters: Any) -> list[dict[str, Any]]:
        """Entries of ``journal``, ``unmatched`` or ``violations``, oldest first."""
        wanted = {name: value for name, value in filters.items() if value is not None}
        entries: list[dict[str, Any]] = self._call("GET", f"/v1/{which}", query=wanted)["entries"]
        return entries

    def audio(self, account: str, seq: int) -> bytes:
        """What was heard with an entry, as a WAV file. Raises `Refused` if it is not kept (any more)."""
        with self._reaching():
            answer = self._http.get(f"/v1/journal/{seq}/audio", params={"account": account})
        if answer.status_code != 200:
            raise Refused(answer.status_code, {"detail": f"the audio of entry {seq} is not to be had"})
        return answer.content

    def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, Any] | None = None,
        patience: float = 0,
    ) -> Any:
        with self._reaching():
            answer = self._http.request(method, path, json=body, params=query, timeout=PATIENCE + patience)
        if answer.status_code == 401:
            raise CannotStart(
                f"{self.url} wants another control token: give --control-token or MOCKCLOUD_CONTROL_TOKEN"
            )
        problem = answer.headers.get("content-type", "").startswith("application/problem+json")
        if answer.status_code >= 400:
            raise Refused(answer.status_code, answer.json() if problem else {"detail": f"{method} {path} failed"})
        if answer.headers.get("content-type", "").startswith("application/x-pem-file"):
            return answer.text
        try:
            return answer.json() if answer.content else None
        except ValueError:
            raise CannotStart(f"{self.url} is not a control API of mockcloud: is it the device listener?") from None

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        import httpx

        try:
            yield
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise CannotStart(
                f"no mockcloud is reached at {self.url} ({error}): start one with `mockcloud serve`, "
                "or say where it is with --control-url"
            ) from error


def reach(control_url: str | None, control_token: str | None, settings: Settings) -> ControlClient:
    """The server that was named, else the one that would run here with these settings."""
    return ControlClient(control_url or local_control_url(settings), control_token or settings.control_token)


def local_control_url(settings: Settings) -> str:
    host = settings.control_host
    if not is_loopback(host):
        host = "::1" if ":" in host else "127.0.0.1" if host in ("0.0.0.0", "") else host
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.control_port}"
