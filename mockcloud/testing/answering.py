"""Functions of a test that answer events (`AsyncCloud.on`): each is the code behind a rule of the account's scenario.

The rules go before those of the scenario that is loaded, in the order in which the functions were given; each calls a
URL below which this application stands in for the network.
"""

import asyncio
import concurrent.futures.thread
import inspect
import json
import traceback
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any

from msgspec import structs

from mockcloud.testing.message import Message

if TYPE_CHECKING:
    from mockcloud.scenario import Rule, Scenario
    from mockcloud.server.cloud import RunningCloud

Answer = Iterable[Mapping[str, Any] | str] | Mapping[str, Any] | str | None
"""What a function returns: entries as under ``then``, one of them, a text to be spoken, or ``None`` for an event that
is left to others."""
Function = Callable[[Message], Answer | Coroutine[Any, Any, Answer]]

_hosts = count(1)


@dataclass(frozen=True, slots=True)
class _Answering:
    function: Function
    name: str
    when: Mapping[str, Any]
    loop: asyncio.AbstractEventLoop | None
    """Where it was given; a coroutine function runs there."""

    @property
    def place(self) -> tuple[str, int]:
        """File and line."""
        code = getattr(inspect.unwrap(self.function), "__code__", None)
        return (code.co_filename, code.co_firstlineno) if code is not None else ("", 0)


class Functions:
    """All functions of one account."""

    def __init__(self) -> None:
        self.failed: list[str] = []
        """Tracebacks of those that raised."""
        self._all: list[_Answering] = []
        self._url = f"http://functions-{next(_hosts)}.localhost"
        self._cloud: RunningCloud | None = None
        self._account = ""

    def add(self, function: Function, when: Mapping[str, Any]) -> None:
        """Raises `UnreadableInput` for conditions that make no sense, as soon as there is a cloud."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            loop = None
        name = f"on {getattr(function, '__name__', type(function).__name__)}"
        same = sum(one.name.partition(" (")[0] == name for one in self._all)
        self._all.append(_Answering(function, f"{name} ({same + 1})" if same else name, when, loop))

    def install(self, cloud: "RunningCloud", account: str) -> None:
        """Put their rules before those of the account's scenario. On the cloud's loop."""
        self._cloud, self._account = cloud, account
        if not self._all:
            return
        cloud.calls.apps[self._url] = self._app
        owner = cloud.machine.core.accounts.by_id[account]
        others = self._others(owner.scenario)
        try:
            own = [self._rule(number, one) for number, one in enumerate(self._all)]
        except BaseException:
            self._all.pop()
            raise
        owner.scenario = replace(owner.scenario, rules=(*own, *others))

    def remove(self) -> None:
        """Take their rules away again. On the cloud's loop."""
        if self._cloud is not None:
            self._cloud.calls.apps.pop(self._url, None)
            owner = self._cloud.machine.core.accounts.by_id.get(self._account)
            if owner is not None:
                owner.scenario = replace(owner.scenario, rules=tuple(self._others(owner.scenario)))

    def _others(self, scenario: "Scenario") -> list["Rule"]:
        """The rules that are none of theirs."""
        return [rule for rule in scenario.rules if not rule.call.startswith(f"{self._url}/")]

    def _rule(self, number: int, one: _Answering) -> "Rule":
        from mockcloud.scenario.load import load_scenario

        assert self._cloud is not None
        core = self._cloud.machine.core
        account = core.accounts.by_id[self._account]
        rule = {"name": one.name, "when": dict(one.when), "then": {"call": f"{self._url}/{number}"}}
        scenario = load_scenario(
            json.dumps({"mockcloud": 1, "title": one.name, "rules": [rule]}, ensure_ascii=False),
            file=one.name,
            catalogue=core.catalogue,
            edition=account.edition,
            lang=account.settings.lang,
        )
        file, line = one.place
        return structs.replace(scenario.rules[0], file=file or one.name, line=line)

    # The application behind the rules

    async def _app(self, scope: Mapping[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        status, answer = await self._answer(self._all[int(scope["path"].strip("/"))], json.loads(body))
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": answer})

    async def _answer(self, one: _Answering, asked: Mapping[str, Any]) -> tuple[int, bytes]:
        try:
            answer = await _run(one, self._message(asked))
            if answer is None:
                return 204, b""
            return 200, json.dumps(_then(answer), ensure_ascii=False).encode()
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # a failed assertion of pytest's is none of Exception
            self.failed.append(f"{one.name}: {_told(error)}")
            return 500, f"{one.name} raised {type(error).__name__}: {error}".encode()

    def _message(self, asked: Mapping[str, Any]) -> Message:
        assert self._cloud is not None
        journal = self._cloud.machine.core.accounts.by_id[self._account].journal
        entry = journal.entry(asked["seq"])
        assert entry is not None
        return replace(Message.of(entry.as_json()), intent=asked["intent"], slots=asked["slots"])


async def _run(one: _Answering, message: Message) -> Any:
    """A coroutine function on the loop of the test, if it has one; any other in a thread, since it may block."""
    if not inspect.iscoroutinefunction(one.function):
        return await asyncio.to_thread(one.function, message)
    if one.loop is None or one.loop is asyncio.get_running_loop() or not one.loop.is_running():
        return await one.function(message)
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(one.function(message), one.loop))


def _then(answer: Any) -> list[Any]:
    """The list that it stands for. Raises `TypeError` for what stands for none."""
    if isinstance(answer, str | Mapping):
        answer = [answer]
    if isinstance(answer, bytes) or not isinstance(answer, Iterable):
        raise TypeError(
            f"it returned {answer!r}: return entries as under `then` of a scenario, a text to be spoken, "
            "or None to leave the event to others"
        )
    return [{"speak": one} if isinstance(one, str) else one for one in answer]


def _told(error: BaseException) -> str:
    """The traceback from the function on."""
    frames = error.__traceback__
    ways = (__file__, asyncio.threads.__file__, concurrent.futures.thread.__file__)
    while frames is not None and frames.tb_frame.f_code.co_filename in ways:
        frames = frames.tb_next
    lines = traceback.format_exception(type(error), error, frames or error.__traceback__)
    return "".join(lines).rstrip()
