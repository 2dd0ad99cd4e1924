"""A server that is killed at any moment has kept whatever it had acknowledged."""

import asyncio
import json
import random
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from tests.patience import PATIENCE
from tests.server.cloud_client import AGENT, END, FORM, metadata
from tests.server.h2client import ConnectionEnded, H2Client

KILLS = 4
FLAGS = ("--no-tls", "--quiet", "--json", "--port=0", "--control-port=0")


class Server:
    """A ``mockcloud serve --state`` of its own, and whoever talks to it."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mockcloud", "serve", "--state", str(folder), *FLAGS],
            stdout=subprocess.PIPE,
        )
        assert self.process.stdout is not None
        readable, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        assert readable, "it did not start"
        ready = json.loads(self.process.stdout.readline())
        self._control = HTTPConnection(urlsplit(ready["control_url"]).netloc, timeout=PATIENCE)
        self._device = HTTPConnection(urlsplit(ready["device_url"]).netloc, timeout=PATIENCE)
        self._port = urlsplit(ready["device_url"]).port
        self._runner = asyncio.Runner()
        self._speaker: H2Client | None = None

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)

    def end(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)
        assert self.process.stdout is not None
        self.process.stdout.close()
        if self._speaker is not None:
            self._runner.run(self._speaker.close())
        self._runner.close()
        self._control.close()
        self._device.close()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """A call of the control API of the account `default`."""
        self._control.request(
            method,
            f"/v1/accounts/default{path}",
            None if body is None else json.dumps(body),
            {"content-type": "application/json"},
        )
        answer = self._control.getresponse()
        content = answer.read()
        assert answer.status < 300, content
        return json.loads(content or b"null")

    def token(self, query: dict[str, str]) -> tuple[int, Any]:
        self._device.request("GET", f"/token?{urlencode(query)}")
        answer = self._device.getresponse()
        return answer.status, json.loads(answer.read())

    def say(self, text: str, access_token: str) -> str:
        """What answers a typed request of the device with this token."""
        return self._runner.run(self._say(text, [("authorization", f"Bearer {access_token}"), AGENT]))

    async def _say(self, text: str, headers: list[tuple[str, str]]) -> str:
        if self._speaker is None:
            self._speaker = client = await H2Client.connect(self._port or 0, None)
            opened = client.request("GET", "/v1/directives", headers)
            await client.until(lambda: b'"Hello"' in client.response_so_far(opened).body)
        event = metadata("TextRecognizer.Recognize", {"text": text, "lang": "ko"}) + END
        stream = self._speaker.request("POST", "/v1/events", [*headers, FORM], event)
        answer = await self._speaker.response(stream)
        assert answer.status == 200
        return answer.body.decode(errors="replace")


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    server = Server(folder)
    try:
        yield server
    finally:
        server.end()


class User:
    """Changes one thing after the other and remembers what was acknowledged."""

    def __init__(self, client: dict[str, str]) -> None:
        self._client = client
        self.alerts: dict[str, str] = {}
        self.deleted: set[str] = set()
        self.notified: list[str] = []
        self.refresh_token = ""
        self.access_token = ""
        self.memos: list[str] = []
        self.access_tokens: set[str] = set()
        self.buttons: dict[str, str] = {}
        self.unsure: set[str] = set()
        """What was under way when the server was killed may have happened, or not."""
        self.changes = 0

    def change(self, server: Server) -> None:
        deeds: tuple[Callable[[Server, str], None], ...] = (
            self._set_alert,
            self._set_alert,
            self._refresh,
            self._notify,
            self._assign,
            self._note,
            self._delete_alert,
        )
        deed = deeds[self.changes % len(deeds)]
        self.changes += 1
        deed(server, str(self.changes))

    def _set_alert(self, server: Server, number: str) -> None:
        asked = {"device": "speaker", "type": "REMINDER", "scheduled_time": "2040-01-01T07:30:00", "label": number}
        alert = server.ask("POST", "/app/alerts", asked)["alert"]
        self.alerts[alert["token"]] = alert["label"]

    def _delete_alert(self, server: Server, number: str) -> None:
        if not self.alerts:
            self._set_alert(server, number)
        token = next(iter(self.alerts))
        self.unsure = {token}
        server.ask("DELETE", f"/app/alerts/{token}")
        self.unsure = set()
        del self.alerts[token]
        self.deleted.add(token)

    def _notify(self, server: Server, number: str) -> None:
        server.ask("POST", "/app/notifications", {"text": number})
        self.notified.append(number)

    def _assign(self, server: Server, number: str) -> None:
        server.ask("PUT", f"/app/buttons/{number}", {"text": number})
        self.buttons[number] = number

    def _note(self, server: Server, number: str) -> None:
        server.say(f"우유 {number}개 메모해 줘", self.access_token)
        self.memos.append(number)

    def _refresh(self, server: Server, _: str) -> None:
        query = {"grant_type": "refresh_token", "refresh_token": self.refresh_token, **self._client}
        status, issued = server.token(query)
        assert status == 200, issued
        assert issued["access_token"] not in self.access_tokens, "an identifier has come twice"
        self.access_tokens.add(issued["access_token"])
        self.refresh_token = issued["refresh_token"]

    def finds_everything(self, server: Server) -> None:
        alerts = {one["alert"]["token"]: one["alert"]["label"] for one in server.ask("GET", "/app/alerts")["alerts"]}
        assert self.alerts.keys() - alerts.keys() <= self.unsure
        assert all(alerts[token] == label for token, label in self.alerts.items() if token in alerts)
        assert not self.deleted & alerts.keys()
        self.alerts = {token: label for token, label in self.alerts.items() if token in alerts}
        unseen = server.ask("POST", "/app/notifications", {"text": "last"})["unseen"]
        assert set(self.notified) <= set(unseen)
        assert self.buttons.items() <= server.ask("PUT", "/app/buttons/x", {"text": "x"})["buttons"].items()
        told = server.say("메모 목록 보여 줘", self.access_token)
        assert [number for number in self.memos if f"우유 {number}개" not in told] == []
        self._refresh(server, "")


@pytest.mark.spec("C-012", "C-101")
def test_a_server_that_is_killed_has_kept_what_it_acknowledged(tmp_path: Path) -> None:
    moments = random.Random("kill")
    user: User | None = None
    for _ in range(KILLS):
        with serving(tmp_path) as server:
            if user is None:
                account = server.ask("GET", "")
                client = {name: account[name] for name in ("client_id", "client_secret")}
                user = User({**client, "device_id": "speaker"})
                issued = server.ask("POST", "/devices", {"device_id": "speaker"})
                user.access_token, user.refresh_token = issued["access_token"], issued["refresh_token"]
            else:
                user.finds_everything(server)
            for _ in range(moments.randrange(5, 30)):
                user.change(server)
            death = threading.Timer(moments.uniform(0, 0.03), server.kill)
            death.start()
            try:
                while True:
                    user.change(server)
            except (OSError, HTTPException, ConnectionEnded):
                death.join()
    assert user is not None
    with serving(tmp_path) as server:
        user.finds_everything(server)
