"""What an event costs with ten thousand rules loaded, beside ten: in the machine, without sockets."""

import json
import statistics
import time
from itertools import count
from pathlib import Path
from typing import Any

from mockcloud.catalogue import Catalogue
from mockcloud.cic import operations as op
from mockcloud.cic.machine import CloudMachine
from mockcloud.clock import Instant
from mockcloud.settings import Settings
from mockcloud.vocabulary import ConnectionId, Exchange, RequestId, commands, inputs

FEW, MANY = 10, 10_000
BOUNDARY = "boundary"
CONNECTION = ConnectionId(1)


def rules(_: Path, quick: bool) -> list[tuple[str, str, str]]:
    """Events take turns between both clouds, so that a noisy moment hits both."""
    rounds = 200 if quick else 1000
    catalogue = Catalogue.load()
    few, many = Cloud(catalogue, FEW), Cloud(catalogue, MANY)
    rows = []
    for said, words in (("that a rule takes", "주문 7번"), ("that no rule takes", "크르릉 푸슈슈")):
        pairs = [(few.event(words), many.event(words)) for _ in range(rounds)][rounds // 10 :]
        times = [statistics.median(one) for one in zip(*pairs, strict=True)]
        ratio = times[1] / times[0]
        label = f"an event {said}: {FEW} rules, {MANY:,} rules"
        rows.append((label, f"{times[0]:.0f} us, {times[1]:.0f} us: {ratio:.2f}", "<= 1.2"))
    return rows


class Cloud:
    """A cloud with so many rules, and a device that types at it."""

    def __init__(self, catalogue: Catalogue, size: int) -> None:
        self._machine = CloudMachine(Settings(), catalogue, wall=0, now=Instant(0))
        self._streams = count(1, 2)
        self._now = count(1, 1_000_000)
        self._send(inputs.ConnectionOpened(CONNECTION, peer="benchmark"))
        self._ask(op.LoadScenario("default", scenario(size)))
        token = self._ask(op.IssueToken("default", "speaker"))["access_token"]
        self._headers = (
            ("authorization", f"Bearer {token}"),
            ("user-agent", "mockcloud/Benchmark/1.0.0 (Linux;Benchmark)"),
        )
        self._send(inputs.RequestStarted(self._exchange(), "GET", "/v1/directives", self._headers))

    def event(self, words: str) -> float:
        """Microseconds from the first byte of an event to its answer."""
        headers = (*self._headers, ("content-type", f"multipart/form-data; boundary={BOUNDARY}"))
        body, exchange = metadata(words), self._exchange()
        before = time.perf_counter()
        self._send(inputs.RequestStarted(exchange, "POST", "/v1/events", headers))
        self._send(inputs.BodyReceived(exchange, body))
        answered = self._send(inputs.BodyEnded(exchange))
        taken = time.perf_counter() - before
        statuses = [one.status for one in answered if isinstance(one, commands.StartResponse)]
        if statuses not in ([200], [204]):
            raise SystemExit(f"the event was answered {statuses}")
        return taken * 1e6

    def _exchange(self) -> Exchange:
        return Exchange(CONNECTION, next(self._streams))

    def _send(self, what: inputs.Input) -> list[commands.Command]:
        return self._machine.receive(what, Instant(next(self._now)))

    def _ask(self, operation: Any) -> Any:
        (answer,) = [
            one.value for one in self._send(inputs.Asked(RequestId(1), operation)) if isinstance(one, commands.Answer)
        ]
        if answer.status >= 400:
            raise SystemExit(str(answer.body))
        return answer.body


def scenario(size: int) -> str:
    """Rules of all kinds: by words, a piece of them, an intent, a member of the payload, a state."""
    kinds = (
        {"says": {"contains": "주문 {n}번"}},
        {"says": "예약 {n}번 취소"},
        {"event": "SpeechSynthesizer.SpeechFinished", "payload": {"token": "token-{n}"}},
        {"state": "state-{n}", "says": {"contains": "다음"}},
        {"device": "device-{n}", "event": "AudioPlayer.PlayStarted", "payload": {"token": "stream-{n}"}},
    )
    made = []
    for number in range(size):
        n = 7 if number == size - size % len(kinds) - len(kinds) else number + 1_000_000
        when = json.loads(json.dumps(kinds[number % len(kinds)]).replace("{n}", str(n)))
        made.append({"name": f"r{number}", "when": when, "then": [{"speak": "네"}]})
    return json.dumps({"mockcloud": 1, "title": "benchmark", "rules": made})


_EVENTS = count(1)


def metadata(words: str) -> bytes:
    number = next(_EVENTS)
    header = {
        "namespace": "TextRecognizer",
        "name": "Recognize",
        "messageId": f"00000000-0000-4000-8000-{number:012}",
        "dialogRequestId": f"00000000-0000-4000-9000-{number:012}",
    }
    message = json.dumps({"context": [], "event": {"header": header, "payload": {"text": words}}}).encode()
    head = 'Content-Disposition: form-data; name="metadata"\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n'
    return b"".join((f"--{BOUNDARY}\r\n{head}".encode(), message, f"\r\n--{BOUNDARY}--\r\n".encode()))
