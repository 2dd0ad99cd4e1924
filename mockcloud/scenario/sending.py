"""``speak``, ``expect_speech``, ``directive``, ``push``: from what a person wrote to a checked `Outgoing`."""

import re
from collections.abc import Mapping
from typing import Any

from mockcloud.catalogue.documents import SWITCH, switch_hint
from mockcloud.catalogue.explanation import dotted
from mockcloud.scenario.reading import Path, Reading, holds_template
from mockcloud.vocabulary import Finding
from mockcloud.vocabulary.replies import Outgoing, speak

SPEAK = "SpeechSynthesizer.Speak"
EXPECT_SPEECH = "SpeechRecognizer.ExpectSpeech"
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def outgoing(reading: Reading, item: dict[str, Any], path: Path) -> Outgoing:
    """What one entry of ``then``, or a step that pushes, sends. Mistakes become problems of the reading."""
    after = reading.duration(item, "after", path)
    if "speak" in item:
        return speak(item["speak"], item.get("lang", reading.lang))
    if "expect_speech" in item:
        item = {"directive": EXPECT_SPEECH, "with": item["expect_speech"]}
        return _directive(reading, item, path, part="expect_speech", after=0)
    if "push" not in item and "directive" not in item:
        reading.problem("this sends nothing: write speak, directive or push", path)
        return Outgoing("")
    part = next((key for key in ("payload", "with", "example") if key in item), "")
    return _directive(reading, item, path, part=part, after=after)


def _directive(reading: Reading, item: dict[str, Any], path: Path, *, part: str, after: int) -> Outgoing:
    pushed, unchecked = "push" in item, bool(item.get("unchecked"))
    name: str = item["push" if pushed else "directive"]
    if not unchecked and not reading.known("directive", name, (*path, "push" if pushed else "directive")):
        return Outgoing(name)
    payload = _payload(reading, item, name, path)
    if payload is None:
        return Outgoing(name)
    if not unchecked:
        _check(reading, name, payload, item, (*path, part) if part else path)
    return Outgoing(
        name,
        payload,
        via="downchannel" if pushed else "response",
        dialog=not pushed,
        after=after,
        offline=item.get("offline", "hold"),
        unchecked=unchecked,
    )


def _payload(reading: Reading, item: dict[str, Any], name: str, path: Path) -> Mapping[str, Any] | None:
    """``payload`` is exactly this; else a valid example, with the members of ``with`` put over it.

    ``None`` if there is no such example, which is a problem of its own.
    """
    if "payload" in item:
        return dict(item["payload"])
    if item.get("unchecked") and not reading.catalogue.knows("directive", name, reading.edition):
        return dict(item.get("with") or {})
    template = item.get("example") if isinstance(item.get("example"), str) else None
    if template is None:
        made = reading.catalogue.example("directive", name, edition=reading.edition, seed=reading.seed)
    elif not reading.known("template", template, (*path, "example")):
        return None
    else:
        made = reading.catalogue.example("template", template, edition=reading.edition, seed=reading.seed)
    merged: dict[str, Any] = _merged(made, item.get("with") or {})
    return merged


def _check(reading: Reading, name: str, payload: Mapping[str, Any], item: dict[str, Any], path: Path) -> None:
    """What the catalogue refuses, and members that the directive does not have.

    Of values that are still templates nothing is known: they are judged when they are sent.
    """
    written = item.get("payload") or item.get("with") or {}
    meant = reading.foreign("directive", name, written, path)
    for finding in reading.catalogue.check_payload("directive", name, payload, reading.edition):
        inside = _steps(finding.path.removeprefix("payload").lstrip("."))
        if finding.severity == "violation" and inside not in meant and not holds_template(payload, inside):
            _refused(reading, name, finding, payload, path, inside)


def _refused(reading: Reading, name: str, finding: Finding, payload: Any, path: Path, inside: Path) -> None:
    hint = switch_hint(_at(payload, inside)) if SWITCH in finding.said else ""
    shown = dotted((*path, *inside))
    reading.problems.append(reading.document.problem(f"{name}: {finding.said}", shown, hint or finding.source))


def _at(value: Any, path: Path) -> Any:
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _steps(path: str) -> Path:
    return tuple(int(index) if index else name for name, index in _STEP.findall(path))


def _merged(base: Any, changes: Any) -> Any:
    if isinstance(base, dict) and isinstance(changes, dict):
        return {**base, **{name: _merged(base.get(name), value) for name, value in changes.items()}}
    return changes
