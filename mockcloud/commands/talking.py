"""Talking with an extension as its user would: the bundled device types, the journal tells what was asked of whom."""

import asyncio
import tempfile
import threading
import uuid
from collections.abc import Coroutine, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from mockcloud.commands.say import answer_of, connected, heard
from mockcloud.errors import MockcloudError
from mockcloud.vocabulary.value import Value

if TYPE_CHECKING:
    from mockcloud.client import ReferenceDevice
    from mockcloud.commands.control_client import ControlClient

T = TypeVar("T")

_LAUNCH = {"ko": "{name} 시작해줘", "ja": "{name}を起動して", "en": "open {name}"}
_CALL = {"ko": "{name}에서 {words}", "ja": "{name}で{words}", "en": "ask {name} to {words}"}
_END = {"ko": "종료해줘", "ja": "終了して", "en": "stop"}


class Asked(Value, frozen=True):
    """A request that an extension was sent."""

    request: str
    intent: str = ""
    slots: Mapping[str, str] = {}

    def as_json(self) -> dict[str, Any]:
        if not self.intent:
            return {"request": self.request}
        return {"request": self.request, "intent": self.intent, "slots": dict(self.slots)}


class Spoken(Value, frozen=True):
    """What the user said, and what came of it."""

    words: str
    """As they were typed to the device."""
    asked: tuple[Asked, ...] = ()
    speech: tuple[str, ...] = ()
    """What was heard, an item for each Speak; of one whose audio is the extension's own, its URL."""
    is_open: bool = False
    """The session goes on."""
    said: tuple[str, ...] = ()
    """What was wrong: with an answer, or because there was none."""
    messages: tuple[tuple[str, Any], ...] = ()
    """Requests and answers as they travelled, each with its name."""

    def as_json(self) -> dict[str, Any]:
        """As it is recorded: what the next run can be held against."""
        return {
            "say": self.words,
            "asked": [asked.as_json() for asked in self.asked],
            "speech": list(self.speech),
            "session": "open" if self.is_open else "over",
        }


class Between(Value, frozen=True):
    """What happened while the user said nothing."""

    speech: tuple[str, ...] = ()
    """The reprompt."""
    ended: bool = False
    """The session did."""


class Talk:
    """A device of a running cloud whose user talks with one extension. On inside ``with``; a session that is open at
    its end is ended by the words for that.

        with Talk(control, "default", control.extension("GET", "default", "com.example.pizza")) as talk:
            talk.say(talk.launch).speech
    """

    def __init__(
        self,
        control: "ControlClient",
        account: str,
        extension: Mapping[str, Any],
        device_id: str | None = None,
        *,
        patience: str | None = None,
    ) -> None:
        """``device_id``: the device to be; without one it is a new device, and gone afterwards.

        ``patience``: how long the session waits for its user, a duration; the device's alone, and until the end.
        """
        self._control = control
        self._account = account
        self._extension = extension
        self._device_id = device_id or str(uuid.uuid4())
        self._is_passing = device_id is None
        self._patience = patience
        self._stack = ExitStack()
        self._seen = 0
        self._mark = 0
        self.is_open = False
        """Its session is."""

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._loop = stack.enter_context(_LoopInThread())
            stack.callback(self._forget)
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            self._device = self._made(folder)
            self._loop.run(self._device.__aenter__())
            stack.callback(lambda: self._loop.run(self._device.__aexit__(None, None, None)))
            self._loop.run(connected(self._device))
            if self._patience is not None:
                self._control.set_question_timeout(self._account, self._device_id, self._patience)
                stack.callback(self._put_back)
            self._stack = stack.pop_all()
        self.between()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None and self.is_open:
                self.say(self.end)
        finally:
            self._stack.close()

    def _put_back(self) -> None:
        if not self._is_passing:
            with suppress(MockcloudError):  # the server is gone
                self._control.set_question_timeout(self._account, self._device_id, None)

    def _forget(self) -> None:
        if self._is_passing:
            with suppress(MockcloudError):  # it never was, or the server is gone
                self._control.app(self._account, "DELETE", f"/devices/{self._device_id}")

    @property
    def launch(self) -> str:
        """The words that open it."""
        return _LAUNCH[self._lang].format(name=self._name)

    @property
    def end(self) -> str:
        """The words that end its session."""
        return _END[self._lang]

    def called(self, words: str) -> str:
        """The words as a command that names the extension, unless they name it already."""
        from mockcloud.nlu.text import key_of

        names = [key_of(name) for name in self._extension["invocation_names"]]
        if any(name in key_of(words) for name in names):
            return words
        return _CALL[self._lang].format(name=self._name, words=words)

    def say(self, words: str) -> Spoken:
        """Type this to the device, and wait until all that comes of it was heard."""
        since = len(self._device.timeline)
        turn, answer = self._loop.run(self._turn(words))
        entries = self._entries()
        self._mark = len(self._device.timeline)
        self.is_open = "SpeechRecognizer.ExpectSpeech" in turn.names
        wrong = [finding["said"] for entry in entries for finding in entry["violations"]]
        if answer["status"] not in (200, 204):
            wrong.append(f"the device was answered {answer['status']}: {answer['said']}")
        wrong += [str(noted.what) for noted in self._device.timeline[since:] if _is_trouble(noted)]
        return Spoken(
            words,
            tuple(_requests(entries)),
            tuple(_heard_of(one) for one in answer["directives"] if one["name"] == "SpeechSynthesizer.Speak"),
            self.is_open,
            tuple(wrong),
            tuple((entry["name"], entry["message"]) for entry in entries),
        )

    def between(self) -> Between:
        """What happened since something was said last."""
        from mockcloud.client.vocabulary import Played
        from mockcloud.speech.tone import read_text

        ended = any(asked.request == "SessionEndedRequest" for asked in _requests(self._entries()))
        self.is_open = self.is_open and not ended
        noted, self._mark = self._device.timeline[self._mark :], len(self._device.timeline)
        played = [one.what.audio for one in noted if isinstance(one.what, Played) and one.what.kind == "speech"]
        return Between(tuple(read_text(audio) or "" for audio in played), ended)

    def _made(self, folder: Path) -> "ReferenceDevice":
        from mockcloud.client import ReferenceDevice

        known = self._control.account(self._account)
        trusted = self._control.ca_pem()
        if trusted is not None:
            (folder / "ca.pem").write_bytes(trusted)
        client = {name: known[name] for name in ("client_id", "client_secret", "naver_access_token")}
        return ReferenceDevice(
            known["device_url"],
            ca_file=folder / "ca.pem" if trusted is not None else None,
            device_id=self._device_id,
            speed="max",
            lang=self._lang,
            **client,
        )

    async def _turn(self, words: str) -> tuple[Any, dict[str, Any]]:
        since = len(self._device.timeline)
        turn = await self._device.type(words)
        await heard(self._device, turn, since)
        return turn, answer_of(self._device, turn)

    def _entries(self) -> list[dict[str, Any]]:
        """Messages to and from the extension since the last time, of this device."""
        entries = self._control.journal(
            account=self._account, device=self._device_id, after_seq=self._seen, channel="extension"
        )
        self._seen = max([self._seen, *(entry["seq"] for entry in entries)])
        return entries

    @property
    def _name(self) -> str:
        return str(self._extension["invocation_names"][0])

    @property
    def _lang(self) -> str:
        return str(self._extension["lang"])


class _LoopInThread:
    """An event loop that goes on while its user waits for a person."""

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mockcloud-dialog", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


def _requests(entries: list[dict[str, Any]]) -> list[Asked]:
    found = []
    for entry in entries:
        if entry["kind"] != "cek-request":
            continue
        asked = entry["message"]["request"]
        intent = asked.get("intent") or {}
        slots = {name: slot["value"] for name, slot in (intent.get("slots") or {}).items()}
        found.append(Asked(asked["type"], intent.get("name") or "", slots))
    return found


def _heard_of(speak: Mapping[str, Any]) -> str:
    return str(speak.get("spoken") or speak["payload"].get("url") or "")


def _is_trouble(noted: Any) -> bool:
    from mockcloud.client.vocabulary import Trouble

    return isinstance(noted.what, Trouble)
