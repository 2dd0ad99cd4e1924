"""Dialogs on disk: what ``mockcloud dialog`` records, and holds the next run against.

dialog: 1
extension: com.example.extension.pizzabot
turns:
  - say: 피자봇에서 치즈 피자 주문해줘
    asked: [{request: IntentRequest, intent: OrderPizza, slots: {pizzaType: 치즈}}]
    speech: [몇 판 드릴까요?]
    session: open

What a turn does not say is not compared. A text may be a pattern, as in the ``when`` of a scenario:
``speech: [{matches: "주사위 값은 [1-6]"}]``.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mockcloud.catalogue.documents import Document, load, read_text
from mockcloud.commands.talking import Spoken
from mockcloud.errors import CannotStart, NothingToRun, Problem, UnreadableInput
from mockcloud.journal.match import PatternError, check, mismatches
from mockcloud.wire.messages import Json

_PATTERN: Json = {"type": ["string", "object"]}
SCHEMA: Json = {
    "type": "object",
    "properties": {
        "dialog": {"const": 1},
        "extension": {"type": "string", "minLength": 1},
        "turns": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "say": {"type": "string", "minLength": 1},
                    "asked": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {
                                "request": _PATTERN,
                                "intent": _PATTERN,
                                "slots": {"type": "object", "additionalProperties": _PATTERN},
                            },
                            "additionalProperties": False,
                        },
                    },
                    "speech": {"type": "array", "items": _PATTERN},
                    "session": {"enum": ["open", "over"]},
                },
                "required": ["say"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["dialog", "extension", "turns"],
    "additionalProperties": False,
}


class DialogFile:
    """A recorded dialog. Raises `UnreadableInput` with every mistake, `NothingToRun` for one without turns."""

    def __init__(self, file: Path) -> None:
        self._document: Document = load(read_text(file), file=str(file), schema=SCHEMA)
        self.extension: str = self._document.value["extension"]
        self._turns: list[Mapping[str, Any]] = self._document.value["turns"]
        if not self._turns:
            raise NothingToRun(f"{file} has no turns")
        problems = [problem for at in range(len(self._turns)) for problem in self._unusable(at)]
        if problems:
            raise UnreadableInput(problems)

    @property
    def words(self) -> list[str]:
        """What is said, turn for turn."""
        return [turn["say"] for turn in self._turns]

    def differences(self, at: int, spoken: Spoken) -> list[Problem]:
        """What was otherwise than it is recorded, in the turn of this number (from 0)."""
        found = spoken.as_json()
        wanted = {name: value for name, value in self._turns[at].items() if name != "say"}
        if len(wanted.get("asked", ())) == len(found["asked"]):
            wanted |= (
                {"asked": [_exactly(one, came) for one, came in zip(wanted["asked"], found["asked"], strict=True)]}
                if "asked" in wanted
                else {}
            )
        return [
            self._document.problem(
                f"turn {at + 1}, {spoken.words!r}: {mismatch}", ("turns", at, mismatch.path.split("[")[0])
            )
            for mismatch in mismatches(wanted, found)
        ]

    def _unusable(self, at: int) -> Iterable[Problem]:
        for name in ("asked", "speech"):
            try:
                check(self._turns[at].get(name))
            except PatternError as error:
                yield self._document.problem(str(error), ("turns", at, name))


def _exactly(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> Mapping[str, Any]:
    """The pattern that allows no slots beside those that it names."""
    if "slots" not in wanted:
        return wanted
    others = {name: {"absent": True} for name in found.get("slots", {}) if name not in wanted["slots"]}
    return {**wanted, "slots": {**wanted["slots"], **others}}


def write(file: Path, extension: str, turns: Iterable[Spoken]) -> None:
    """Write a dialog. Raises `CannotStart` if that is not possible."""
    from mockcloud.replay.recording.written import yaml

    document = {"dialog": 1, "extension": extension, "turns": [turn.as_json() for turn in turns]}
    try:
        file.write_text(yaml(document), encoding="utf-8")
    except OSError as error:
        raise CannotStart(f"{file} cannot be written: {error.strerror}") from None
