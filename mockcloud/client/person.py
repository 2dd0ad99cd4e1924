"""What a person does at a device, as JSON lines, and what the device says of it.

To the device, one object a line, ``id`` counting from 1:

    {"id":1,"do":"say","text":"오늘 날씨 어때","audio":"/tmp/1.wav"}
    {"id":2,"do":"press","button":"pause"}
    {"id":3,"do":"power","on":false}
    {"id":4,"do":"clock","now":"2026-01-01T09:00:00.000+09:00"}
    {"id":5,"do":"type","text":"내일 비 와?"}
    {"id":6,"do":"login","naver_access_token":null}
    {"id":7,"do":"event","name":"Clova.ProcessDelegatedEvent","payload":{}}

From the device, as it likes: ``{"done":1}``, ``{"cannot":2,"why":"there is no such button"}`` and, at any time,
``{"observed":"led","value":"blue"}``. Every other line is for people.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec

from mockcloud.client.buttons import BUTTONS
from mockcloud.client.vocabulary import Instruction, Login, Power, Press, Say, SendEvent, SetClock, Type
from mockcloud.clock import instant_of
from mockcloud.speech.pcm import from_wav
from mockcloud.vocabulary.value import Value
from mockcloud.wire.messages import split_name

_EPOCH = datetime(1970, 1, 1, 9, tzinfo=timezone(timedelta(hours=9)))


class Done(Value, frozen=True):
    """It has been done."""

    done: int


class Cannot(Value, frozen=True):
    """This device has no way to do it."""

    cannot: int
    why: str = ""


class Observed(Value, frozen=True):
    """Something that a person would see or hear at the device: ``led`` is ``blue``."""

    observed: str
    value: Any = None


class NoAnswer(ValueError):
    """A line that means to be an answer and is none; the text says why."""


Answer = Done | Cannot | Observed
_ANSWERS: dict[str, type[Done] | type[Cannot] | type[Observed]] = {
    "done": Done,
    "cannot": Cannot,
    "observed": Observed,
}


class CannotRead(ValueError):
    """An instruction that this device does not know; the text says what is wrong with it."""


def written(number: int, instruction: Instruction, audio: str = "") -> str:
    """The line for an instruction; ``audio`` is the file with what is said. Raises `CannotRead` if there is none."""
    said = _written(instruction, audio)
    if said is None:
        raise CannotRead(f"there is no line for {type(instruction).__name__}")
    return json.dumps({"id": number, **said}, ensure_ascii=False, separators=(",", ":"))


def _written(instruction: Instruction, audio: str) -> dict[str, Any] | None:
    match instruction:
        case Say(text):
            return {"do": "say", "text": text, "audio": audio}
        case Type(text):
            return {"do": "type", "text": text}
        case Press(button):
            return {"do": "press", "button": button}
        case Power(on):
            return {"do": "power", "on": on}
        case SetClock(now, frozen):
            date = _EPOCH + timedelta(microseconds=now // 1000)
            still = {"frozen": True} if frozen else {}
            return {"do": "clock", "now": date.isoformat(timespec="milliseconds"), **still}
        case Login(token):
            return {"do": "login", "naver_access_token": token}
        case SendEvent(namespace, name, payload):
            return {"do": "event", "name": f"{namespace}.{name}", "payload": dict(payload)}
        case _:
            return None


def read(line: str) -> tuple[int, Instruction]:
    """An instruction and its number. Raises `CannotRead`; its ``args`` are the text and the number, if it has one."""
    try:
        said = json.loads(line)
    except ValueError as error:
        raise CannotRead(f"this is not JSON: {error}", None) from None
    if not isinstance(said, dict) or not isinstance(said.get("id"), int):
        raise CannotRead("an instruction is an object with a number as its id", None)
    try:
        return said["id"], _read(said)
    except KeyError as error:
        raise CannotRead(f"{said.get('do')} needs {error}", said["id"]) from None
    except (OSError, ValueError, TypeError) as error:
        raise CannotRead(str(error), said["id"]) from None


def _read(said: Mapping[str, Any]) -> Instruction:
    match said.get("do"):
        case "say":
            with open(said["audio"], "rb") as file:
                return Say(said["text"], from_wav(file.read()))
        case "type":
            return Type(said["text"])
        case "press":
            button = str(said["button"])
            if button not in BUTTONS and not button.startswith(("custom:", "play:")):
                known = ", ".join((*BUTTONS, "custom:NAME", "play:TOKEN"))
                raise ValueError(f"there is no button {button!r}; there are {known}")
            return Press(button)
        case "power":
            return Power(bool(said["on"]))
        case "clock":
            return SetClock(instant_of(datetime.fromisoformat(said["now"])), bool(said.get("frozen", False)))
        case "login":
            return Login(said["naver_access_token"])
        case "event":
            return SendEvent(*split_name(said["name"]), said["payload"])
        case unknown:
            raise ValueError(f"this device cannot {unknown}")


def answer(line: str) -> Answer | None:
    """What the line answers, or ``None`` if it is for people. Raises `NoAnswer`."""
    if not line.lstrip().startswith("{"):
        return None
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return None
    kind = next((_ANSWERS[name] for name in _ANSWERS if name in said), None)
    if kind is None:
        return None
    try:
        return msgspec.convert(said, kind)
    except msgspec.ValidationError as error:
        raise NoAnswer(f"{line.strip()} is not an answer: {error}") from None
