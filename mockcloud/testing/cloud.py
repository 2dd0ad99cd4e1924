"""One account of a cloud, as a test handles it. `mockcloud.testing.blocking` is the same without await."""

import asyncio
import difflib
import json
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from mockcloud.errors import Problem, UnreadableInput
from mockcloud.testing.answering import Function, Functions
from mockcloud.testing.clock import AsyncClock, Timekeeping
from mockcloud.testing.findings import (
    CheckFailed,
    ExpectationFailed,
    Findings,
    known_codes,
    known_facts,
    known_name,
    told,
)
from mockcloud.testing.message import Message
from mockcloud.testing.server import Refused, Server, running_loop

if TYPE_CHECKING:
    from mockcloud.replay.report import Failure
    from mockcloud.settings import Edition, Lang
    from mockcloud.testing.device import AsyncDevice
    from mockcloud.testing.extension import AsyncExtension

F = TypeVar("F", bound=Function)

_WAIT_MS = 1000


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a device needs to log in at ``/authorize`` and ``/token``."""

    client_id: str
    client_secret: str
    naver_access_token: str


@dataclass(frozen=True, slots=True)
class Token:
    """A device's tokens; ``expires_in`` is seconds."""

    device_id: str
    access_token: str
    refresh_token: str
    expires_in: int


class AsyncCloud:
    """A cloud of one's own: an account with its listener, clock, journal and faults.

        async with AsyncCloud(scenario="weather.yaml") as cloud:
            async with cloud.device() as device:
                await device.say("오늘 날씨 어때")
                await cloud.expect("SpeechSynthesizer.SpeechFinished", within=5)

    ``scenario`` is a file, or its text. ``faults`` are mappings as in scenarios. ``edition``, ``strict``,
    ``timezone``, ``lang``, ``seed`` and ``behaviour`` are settings of the account; ``settings`` those of the server
    (not with ``server``, which lends a running one). ``account`` is one that is there already, and stays.
    ``listener`` ``shared`` puts the account on the server's own listener: no faults can then strike before a token is
    read. Violations whose codes are in ``allow`` (``*`` for all) do not fail `check`, which the end of the block calls
    unless ``check`` is false.

    Raises `MockcloudError` for a code that no finding has; entering it raises `CannotStart` if the server does not come
    up, `SettingError` for a setting that does not exist, `Refused` for a value that none can have.
    """

    server: Server
    """Where the account is."""
    account: str
    """Its id in the control API; empty before it is made."""
    clock: AsyncClock
    """The account's clock."""

    def __init__(
        self,
        *,
        scenario: str | Path | Mapping[str, Any] | None = None,
        faults: Iterable[Mapping[str, Any]] = (),
        edition: "Edition | None" = None,
        strict: bool | None = None,
        timezone: str | None = None,
        lang: "Lang | None" = None,
        seed: int | None = None,
        behaviour: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] | None = None,
        server: Server | None = None,
        account: str = "",
        listener: Literal["own", "shared"] = "own",
        allow: Iterable[str] = (),
        check: bool = True,
    ) -> None:
        self.server = server or Server(settings)
        self._allowed = known_codes(allow)
        self.account = account
        self._time = Timekeeping(self.server, lambda: self.account)
        self.clock = AsyncClock(self._time)
        self._owns_server = server is None
        self._owns_account = not account
        self._given = {
            name: value
            for name, value in {
                "edition": edition,
                "strict": strict,
                "timezone": timezone,
                "lang": lang,
                "seed": seed,
                "behaviour": behaviour,
            }.items()
            if value is not None
        }
        self._listener = listener
        self._scenario = scenario
        self._faults = tuple(faults)
        self._checks = check
        self._made: Mapping[str, Any] = {}
        self._met: set[int] = set()
        self._errors_before = 0
        self._functions = Functions()
        self._apps: list[str] = []
        """Base URLs that an application under test answers instead of the network."""
        self._raised: list[str] = []
        """Tracebacks of what those raised."""

    # Its life

    async def __aenter__(self) -> Self:
        running_loop()
        if self._owns_server:
            await asyncio.to_thread(self.server.start)
        try:
            await self.open()
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None and self._checks:
                await self.check()
            elif isinstance(error, Exception) and not isinstance(error, CheckFailed | ExpectationFailed):
                error.add_note(await self.story())
        finally:
            await self._end()

    async def open(self) -> None:
        """Make the account. ``async with`` does it."""
        from mockcloud.cic.operations import ChangeAccount, CreateAccount

        self._errors_before = self.server.errors.count
        if self._owns_account:
            self._made = await self.server.ask(CreateAccount(settings=self._given, listener=self._listener))
            self.account = self._made["account"]
        else:
            self._made = await self.server.ask(ChangeAccount(self.account, self._given))
        if self._scenario is not None:
            await self.load(self._scenario)
        else:
            self._install()
        for fault in self._faults:
            await self.fault(**fault)

    async def close(self) -> None:
        """Delete the account with everything that belongs to it. ``async with`` does it."""
        from mockcloud.cic.operations import DeleteAccount

        self.server.run(self._withdraw_answers)
        if self.account and self._owns_account:
            account, self.account = self.account, ""
            await self.server.ask(DeleteAccount(account))

    async def _end(self) -> None:
        try:
            if self.server.is_running:
                await self.close()
        finally:
            if self._owns_server:
                await asyncio.to_thread(self.server.stop)

    # Where it is and who may come

    @property
    def url(self) -> str:
        """The device listener: ``https://127.0.0.1:43211``."""
        return str(self._made["device_url"])

    @property
    def control_url(self) -> str:
        """The control API: ``http://127.0.0.1:43212``."""
        return self.server.control_url

    @property
    def ca_file(self) -> str:
        """The certificate that devices have to trust, PEM; empty without TLS."""
        return str(self.server.ca_file or "")

    @property
    def ssl_context(self) -> ssl.SSLContext:
        """TLS for a client that trusts this cloud, with ALPN ``h2``."""
        context = ssl.create_default_context(cafile=self.ca_file or None)
        context.set_alpn_protocols(["h2"])
        return context

    @property
    def environ(self) -> dict[str, str]:
        """The variables by which a program under test finds its cloud."""
        credentials = self.credentials()
        return {
            "MOCKCLOUD_DEVICE_URL": self.url,
            "MOCKCLOUD_CONTROL_URL": self.control_url,
            "MOCKCLOUD_CA_FILE": self.ca_file,
            "MOCKCLOUD_ACCOUNT": self.account,
            "MOCKCLOUD_CLIENT_ID": credentials.client_id,
            "MOCKCLOUD_CLIENT_SECRET": credentials.client_secret,
            "MOCKCLOUD_NAVER_ACCESS_TOKEN": credentials.naver_access_token,
        }

    def credentials(self) -> Credentials:
        """What a device needs to log in itself."""
        made = self._made
        return Credentials(made["client_id"], made["client_secret"], made["naver_access_token"])

    async def token(self, device_id: str = "device") -> Token:
        """Tokens of a device, without the way through ``/authorize``."""
        from mockcloud.cic.operations import IssueToken

        return Token(**await self._ask(IssueToken(self.account, device_id)))

    def device(self, name: str = "device", **profile: Any) -> "AsyncDevice":
        """The bundled device with this ``device_id``, on inside of ``async with``; ``profile`` as for `Profile`."""
        from mockcloud.testing.device import AsyncDevice

        credentials = self.credentials()
        own = {
            "ca_file": self.ca_file or None,
            "client_id": credentials.client_id,
            "client_secret": credentials.client_secret,
            "naver_access_token": credentials.naver_access_token,
        }
        given = {**own, **profile}
        return AsyncDevice(self.url, name, tell=partial(self.say, device=name), time=self._time, **given)

    # What it does

    async def load(self, scenario: str | Path | Mapping[str, Any]) -> None:
        """Load a scenario: a file, the text of one, or what its YAML would say. Raises `UnreadableInput`."""
        from mockcloud.cic.operations import LoadScenario

        text, file, beside = _source(scenario)
        await self._ask(LoadScenario(self.account, text, file, beside))
        self._install()
        await self._time.tell()

    def on(
        self,
        *,
        event: str | Iterable[str] | None = None,
        says: Any = None,
        intent: str | Iterable[str] | None = None,
        slots: Mapping[str, Any] | None = None,
        extension: str | None = None,
        payload: Mapping[str, Any] | None = None,
        context: Mapping[str, Any] | None = None,
        header: Mapping[str, Any] | None = None,
        device: str | None = None,
        state: str | None = None,
        nth: int | None = None,
    ) -> Callable[[F], F]:
        """Have a function answer the events for which all these conditions hold, as in ``when`` of a scenario.

            @cloud.on(says={"contains": "날씨"})
            def weather(message: mockcloud.Message) -> str:
                return f"{message.device}: 맑아요"

        It gets the event and returns what is sent: entries as under ``then`` of a scenario, one of them, a text to be
        spoken, or ``None`` to leave the event to the functions after it, to the scenario and to the cloud itself; an
        empty list sends nothing. A function that blocks runs in a thread, a coroutine on the loop on which it was
        given. If it raises, the device is answered 204 and `check` fails with its traceback. Raises `UnreadableInput`
        for conditions that make no sense.
        """
        given = {
            "event": _listed(event),
            "says": says,
            "intent": _listed(intent),
            "slots": slots,
            "extension": extension,
            "payload": payload,
            "context": context,
            "header": header,
            "device": device,
            "state": state,
            "nth": nth,
        }
        when = {name: value for name, value in given.items() if value is not None}

        def answered_by(function: F) -> F:
            self._functions.add(function, when)
            if self._made and self.server.is_running:
                self._install()
            return function

        return answered_by

    def _withdraw_answers(self) -> None:
        """Nothing of this test answers any more."""
        self._functions.remove()
        for base in self._apps:
            self.server.cloud.calls.apps.pop(base, None)

    def _install(self) -> None:
        self.server.run(partial(self._functions.install, self.server.cloud, self.account))

    async def extension(
        self,
        /,
        app: Callable[..., Any] | None = None,
        *,
        url: str = "",
        model: Mapping[str, Any] | str | Path,
        invocation_names: Iterable[str],
        id: str = "com.example.extension",  # noqa: A002 (as it is called in files and in the control API)
        name: str = "",
        lang: "Lang | None" = None,
        **registration: Any,
    ) -> "AsyncExtension":
        """Register an extension whose server is this ASGI or WSGI application, or stands at ``url``.

        No port is opened for an application: ``url`` is then the path that it is asked at (``/clova``). ``model`` is a
        folder with the console's TSV files, or ``{"intents": {NAME: TSV}, "slot_types": {NAME: TSV}}`` with texts or
        `Path`s. ``registration`` is whatever else ``PUT /v1/extensions/{id}`` takes. Raises `Refused` with every
        mistake that the console would find.
        """
        from mockcloud.cic.operations import PutExtension
        from mockcloud.testing.extension import AsyncExtension, address, model_of, watch

        base, url = address(app, url)
        names = list(invocation_names)
        spoken = lang or self.server.cloud.machine.core.accounts.by_id[self.account].settings.lang
        written = {
            "name": name or (names[0] if names else id),
            "invocation_names": names,
            "url": url,
            "lang": spoken,
            "model": model_of(model, spoken),
            **registration,
        }
        if app is not None:
            watched = watch(app, self._raised.append)
            self.server.run(lambda: self.server.cloud.calls.apps.__setitem__(base, watched))
            self._apps.append(base)
        described = await self._ask(PutExtension(id, written, self.account))
        return AsyncExtension(self.journal, id, url, described)

    async def push(
        self,
        directive: str,
        payload: Mapping[str, Any] | None = None,
        *,
        device: str | None = None,
        wait: float = 5.0,
        unchecked: bool = False,
    ) -> list[Message]:
        """Send a directive (``Namespace.Name``) onto the downchannels of the account, or of one device, and wait
        until it has left. ``wait`` seconds for a downchannel. Raises `Refused` if there is none, or if the directive
        breaks the specification and is not ``unchecked``."""
        from mockcloud.cic.operations import Push

        namespace, _, name = known_name(self.server, directive).rpartition(".")
        body = await self._ask(
            Push(
                account=self.account,
                device=device,
                directive={"header": {"namespace": namespace, "name": name}, "payload": payload or {}},
                wait_ms=int(wait * 1000),
                unchecked=unchecked,
            )
        )
        sent = {one["message_id"] for one in body["sent"]}
        return [message for message in await self.journal(name=directive) if message.header.get("messageId") in sent]

    async def say(self, text: str, *, device: str | None = None) -> None:
        """What the next microphone audio means, of one device or of whichever speaks first."""
        from mockcloud.cic.operations import QueueUtterance

        await self._ask(QueueUtterance(account=self.account, text=text, device=device))

    async def fault(self, /, **fault: Any) -> str:
        """Make something go wrong: ``fault(on="event", effect="reset_stream", code="CANCEL")``. Returns its id: the
        one that is given (``id="mine"``, in place of the fault that has it), or a free one.

        Arguments as under ``fault`` of a scenario; `mockcloud faults` lists the effects. Raises `Refused` for what
        cannot go wrong there, with the cure.
        """
        from mockcloud.cic.operations import SetFault

        armed = await self._ask(SetFault(self.account, "", json.dumps(fault, ensure_ascii=False)))
        made: str = armed["id"]
        return made

    async def clear_faults(self) -> None:
        """Take back all faults that have not struck yet."""
        from mockcloud.cic.operations import RemoveFaults

        await self._ask(RemoveFaults(self.account))

    async def expire_tokens(self) -> None:
        """The next request of every device is answered 401."""
        from mockcloud.cic.operations import ExpireTokens

        await self._ask(ExpireTokens(self.account))

    async def reset(self) -> None:
        """Forget what happened; devices and tokens stay."""
        from mockcloud.cic.operations import ResetAccount

        await self._ask(ResetAccount(self.account))
        await self._time.tell()
        self._met.clear()

    # What it saw

    async def journal(self, /, **match: Any) -> list[Message]:
        """What happened so far, oldest first; ``match`` as in `expect`."""
        return [Message.of(entry) for entry in await self._entries(match)]

    async def expect(self, name: str, /, *, within: float = 5.0, **match: Any) -> Message:
        """Wait (seconds) for an event or directive of this name, or take one that came already; each message meets
        one expectation only.

        ``match`` narrows it by patterns as in the ``when`` of a scenario: ``payload={"token": "t1"}``,
        ``device="speaker"``, ``says={"contains": "비"}``, ``status=204``. Raises `ExpectationFailed` with what came
        instead, `ValueError` for a name that the specification does not have, `TypeError` for a keyword that is none.
        """
        from mockcloud.cic.operations import WaitForJournal

        pattern = {"name": known_name(self.server, name), **known_facts(match)}
        answer = await self._ask(
            WaitForJournal(
                account=self.account,
                match=pattern,
                timeout_ms=int(within * 1000),
                leave_out=tuple(sorted(self._met)),
            )
        )
        if not answer["matched"]:
            raise ExpectationFailed(pattern, within, answer["nearest"], await self.story())
        message = Message.of(answer["entries"][0])
        self._met.add(message.seq)
        return message

    async def assert_received(self, name: str, /, *, times: int | None = None, **match: Any) -> list[Message]:
        """Messages of this name that came so far: ``times`` many, or at least one. Raises `ExpectationFailed`."""
        pattern = {"name": known_name(self.server, name), **match}
        found = await self.journal(**pattern)
        if (times is None and not found) or (times is not None and len(found) != times):
            wanted = "at least once" if times is None else f"{times} times"
            raise ExpectationFailed(pattern, None, (), await self.story(), f"{wanted}, but it came {len(found)} times")
        return found

    async def wait_for_channel(self, device: str | None = None, *, within: float = 5.0) -> None:
        """Wait until the device (or any) has its downchannel. Raises `ExpectationFailed`."""
        from mockcloud.cic.operations import ListChannels, WaitForJournal

        deadline = asyncio.get_running_loop().time() + within
        while True:
            last = await self._last_seq()
            channels = (await self._ask(ListChannels(self.account)))["channels"]
            if any(device in (None, channel["device"]) for channel in channels):
                return
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                pattern = {"name": "GET /v1/directives", **({"device": device} if device else {})}
                said = f"(a downchannel) within {within:g} s"
                raise ExpectationFailed(pattern, within, (), await self.story(), said)
            await self._ask(
                WaitForJournal(
                    account=self.account,
                    match={"name": "GET /v1/directives"},
                    after_seq=last,
                    timeout_ms=min(_WAIT_MS, int(left * 1000) + 1),
                )
            )

    async def check(self, *, allow: Iterable[str] = ()) -> None:
        """Raise `CheckFailed` for everything that a test should not pass over: messages that break the specification,
        expectations of the loaded scenario that nothing met, bugs in mockcloud."""
        findings = await self.findings(allow=allow)
        if findings:
            raise CheckFailed(findings, await self.story())

    async def findings(self, *, allow: Iterable[str] = ()) -> Findings:
        """What `check` would raise."""
        return Findings.of(
            await self._entries({}),
            allowed=self._allowed | known_codes(allow),
            unmet=await self.server.await_(self._unmet()),
            errors=self.server.errors.since(self._errors_before),
            failed=self._functions.failed,
            raised=self._raised,
        )

    async def story(self) -> str:
        """What happened, a line each, for people."""
        return told(await self._entries({}))

    # Inside

    async def _unmet(self) -> "list[Failure]":
        from mockcloud.testing.expectations import unmet

        core = self.server.cloud.machine.core
        return unmet(core.accounts.by_id[self.account], core.now)

    async def _entries(self, match: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        return await self.server.await_(self._matching(match))

    async def _matching(self, match: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """On the cloud's loop."""
        from mockcloud.journal import check, matches
        from mockcloud.scenario.rules import normalise_says

        pattern = dict(known_facts(match))
        if "says" in pattern:
            pattern["says"] = normalise_says(pattern["says"])
        check(pattern)
        journal = self.server.cloud.machine.core.accounts.by_id[self.account].journal
        return [entry.as_json() for entry in journal.find(lambda entry: matches(pattern, entry.facts()))]

    async def _last_seq(self) -> int:
        from mockcloud.cic.operations import ReadJournal

        return int((await self._ask(ReadJournal(account=self.account, limit=0)))["last_seq"])

    async def _ask(self, operation: Any) -> Any:
        return await self.server.ask(operation)


def _listed(names: str | Iterable[str] | None) -> str | list[str] | None:
    return names if names is None or isinstance(names, str) else list(names)


def _source(scenario: str | Path | Mapping[str, Any]) -> tuple[str, str, dict[str, str]]:
    """Text, name, and the texts of the files it includes."""
    from mockcloud.catalogue.documents import read_text
    from mockcloud.scenario.sources import Texts, documents

    if isinstance(scenario, Mapping):
        return json.dumps(scenario, ensure_ascii=False), "scenario", {}
    if isinstance(scenario, str) and "\n" in scenario:
        return scenario, "scenario", {}
    file, read = str(scenario), Texts(lambda path: read_text(Path(path)))
    if not Path(file).exists():
        raise UnreadableInput([Problem("there is no such scenario file", file, hint=_where_it_may_be(Path(file)))])
    text = read(file)
    documents(text, file, read)
    return text, file, read.beside(file)


def _where_it_may_be(missing: Path) -> str:
    folder = missing.absolute().parent
    there = [str(missing.with_name(file.name)) for file in folder.glob("*.y*ml")]
    near = difflib.get_close_matches(str(missing), there, 1)
    return f"did you mean {near[0]}?" if near else f"it was looked for in {folder}"


__all__ = ["AsyncClock", "AsyncCloud", "Credentials", "Refused", "Token"]
