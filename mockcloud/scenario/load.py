"""From a scenario file to a `Scenario`: all mistakes at once, each with file, line and what was probably meant."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mockcloud.catalogue import Catalogue
from mockcloud.catalogue.documents import Document, load
from mockcloud.clock import SECOND, duration
from mockcloud.errors import Problem, UnreadableInput
from mockcloud.journal.match import PatternError, check
from mockcloud.scenario.language import SCHEMA
from mockcloud.scenario.model import Expect, Rule, Scenario, Step, When
from mockcloud.scenario.rules import normalise_says
from mockcloud.settings import Edition, SettingError, Settings, apply
from mockcloud.vocabulary.replies import Outgoing, speak

Path = tuple[str | int, ...]
DEFAULT_WITHIN = 10 * SECOND


def load_scenario(
    text: str, *, file: str, catalogue: Catalogue, edition: Edition = "newer", seed: int = 0, lang: str = "ko"
) -> Scenario:
    """Read and check a scenario. Raises `UnreadableInput` with every mistake found."""
    document = load(text, file=file, schema=SCHEMA)
    reader = _Reader(document, catalogue, edition, seed, lang)
    scenario = reader.scenario()
    if reader.problems:
        raise UnreadableInput(sorted(reader.problems, key=lambda p: (p.line, p.column)))
    return scenario


class _Reader:
    def __init__(self, document: Document, catalogue: Catalogue, edition: Edition, seed: int, lang: str) -> None:
        self._document = document
        self._catalogue = catalogue
        self._edition = edition
        self._seed = seed
        self._lang = lang
        self.problems: list[Problem] = []

    def scenario(self) -> Scenario:
        value = self._document.value
        given = value.get("given") or {}
        self._edition = given.get("edition", self._edition)
        self._seed = given.get("seed", self._seed)
        self._check_given(given)
        rules = tuple(self._rule(item, ("rules", n), n) for n, item in enumerate(value.get("rules") or ()))
        self._check_names(rules)
        self._check_shadowed(rules)
        return Scenario(
            title=value["title"],
            file=self._document.file,
            covers=tuple(value.get("covers") or ()),
            rules=rules,
            steps=tuple(self._step(item, ("steps", n)) for n, item in enumerate(value.get("steps") or ())),
            given=given,
        )

    def _check_given(self, given: Mapping[str, Any]) -> None:
        try:
            apply(Settings(), given.get("settings") or {})
        except SettingError as error:
            self._problem(str(error), ("given", "settings", *error.path))
        if "clock" in given:
            try:
                datetime.fromisoformat(given["clock"])
            except ValueError:
                self._problem(f"{given['clock']!r} is no date: write 2026-01-01T07:30:00+09:00", ("given", "clock"))

    # Rules

    def _rule(self, item: dict[str, Any], path: Path, number: int) -> Rule:
        return Rule(
            name=item.get("name") or f"rules[{number}]",
            when=self._when(item.get("when") or {}, (*path, "when")),
            then=tuple(self._send(one, (*path, "then", n)) for n, one in enumerate(item.get("then") or ())),
            state=item.get("state"),
            file=self._document.file,
            line=self._line(path),
        )

    def _when(self, when: dict[str, Any], path: Path) -> When:
        names = when.get("event")
        events = None if names is None else tuple(names if isinstance(names, list) else [names])
        for name in events or ():
            self._known("event", name, (*path, "event"))
        for part in ("says", "payload", "context", "header"):
            if part in when:
                self._pattern(when[part], (*path, part))
        return When(
            event=events,
            says=normalise_says(when["says"]) if "says" in when else None,
            payload=when.get("payload"),
            context=when.get("context"),
            header=when.get("header"),
            device=when.get("device"),
            state=when.get("state"),
            nth=when.get("nth"),
        )

    def _pattern(self, pattern: Any, path: Path) -> None:
        try:
            check(pattern)
        except PatternError as error:
            self._problem(str(error), path)

    def _send(self, item: dict[str, Any], path: Path) -> Outgoing:
        """``speak``, ``directive`` or ``push``; the directive is checked against the catalogue here and now."""
        after = self._duration(item, "after", path)
        if "speak" in item:
            return speak(item["speak"], item.get("lang", self._lang))
        pushed = "push" in item
        name = item.get("push" if pushed else "directive")
        if name is None:
            self._problem("this sends nothing: write speak, directive or push", path)
            return Outgoing("")
        if not item.get("unchecked") and not self._known("directive", name, (*path, "push" if pushed else "directive")):
            return Outgoing(name)
        payload = self._payload(item, name, path)
        if payload is None:
            return Outgoing(name)
        if not item.get("unchecked"):
            self._check_payload(name, payload, path, item)
        return Outgoing(
            name,
            payload,
            via="downchannel" if pushed else "response",
            dialog=not pushed,
            after=after,
            offline=item.get("offline", "hold"),
            unchecked=bool(item.get("unchecked")),
        )

    def _payload(self, item: dict[str, Any], name: str, path: Path) -> Mapping[str, Any] | None:
        """``payload`` is exactly this; else a valid example, with the members of ``with`` put over it.

        ``None`` if there is no such example, which is a problem of its own.
        """
        if "payload" in item:
            return dict(item["payload"])
        kind, wanted = "directive", name
        if isinstance(item.get("example"), str):
            kind, wanted = "template", item["example"]
            if not self._known("template", wanted, (*path, "example")):
                return None
        if item.get("unchecked") and not self._catalogue.knows("directive", name, self._edition):
            return dict(item.get("with") or {})
        made = self._catalogue.example(kind, wanted, edition=self._edition, seed=self._seed)  # type: ignore[arg-type]
        merged: dict[str, Any] = _merged(made, item.get("with") or {})
        return merged

    def _check_payload(self, name: str, payload: Mapping[str, Any], path: Path, item: dict[str, Any]) -> None:
        part = next((key for key in ("payload", "with", "example") if key in item), None)
        for finding in self._catalogue.check_payload("directive", name, payload, self._edition):
            if finding.severity == "violation":
                inside = finding.path.removeprefix("payload").lstrip(".")
                shown = ".".join([_dotted((*path, part) if part else path), *([inside] if inside else [])])
                self.problems.append(self._document.problem(f"{name}: {finding.said}", shown, finding.source))

    def _known(self, kind: Any, name: str, path: Path) -> bool:
        if self._catalogue.knows(kind, name, self._edition):
            return True
        near = self._catalogue.nearest(kind, name, self._edition)
        hint = f"did you mean {near}?" if near else ""
        self._problem(f"there is no {kind} {name!r} in the edition {self._edition}", path, hint)
        return False

    def _check_names(self, rules: Sequence[Rule]) -> None:
        seen: set[str] = set()
        for number, rule in enumerate(rules):
            if rule.name in seen:
                self._problem(f"there are two rules named {rule.name!r}", ("rules", number, "name"))
            seen.add(rule.name)

    def _check_shadowed(self, rules: Sequence[Rule]) -> None:
        """A rule that can never win because an earlier one asks for no more than it does."""
        for number, rule in enumerate(rules):
            before = next((other for other in rules[:number] if _covers(other.when, rule.when)), None)
            if before is not None:
                self._problem(
                    f"rule {rule.name!r} can never win: rule {before.name!r} (line {before.line}) takes all its events",
                    ("rules", number),
                    "put it before that rule, or ask for more there",
                )

    # Steps

    def _step(self, item: dict[str, Any], path: Path) -> Step:
        do = next(
            (name for name in ("say", "type", "press", "event", "push", "wait", "advance") if name in item), "expect"
        )
        value: Any = item.get(do)
        if do in ("wait", "advance"):
            value = self._duration(item, do, path)
        elif do == "event":
            self._known("event", value, (*path, "event"))
            value = (value, item.get("payload") or {})
        elif do == "push":
            value = self._send({k: v for k, v in item.items() if k != "expect"}, path)
        elif do == "expect":
            value = None
        expected = item.get("expect") or []
        if isinstance(expected, dict):
            expected = [expected]
        return Step(
            do=do,  # type: ignore[arg-type]
            value=value,
            expect=tuple(self._expect(one, (*path, "expect", n)) for n, one in enumerate(expected)),
            line=self._line(path),
        )

    def _expect(self, item: dict[str, Any], path: Path) -> Expect:
        never = "never" in item
        pattern = dict(item["never"]) if never else {k: v for k, v in item.items() if k != "within"}
        within = self._duration(item, "within", path, DEFAULT_WITHIN)
        for kind in ("event", "directive"):
            if kind in pattern:
                self._known(kind, pattern[kind], (*path, kind))
        if "via" in pattern:
            pattern["channel"] = pattern.pop("via")
        self._pattern({k: v for k, v in pattern.items() if k in ("payload", "header", "context")}, path)
        return Expect(pattern, within, never, self._line(path))

    def _duration(self, item: Mapping[str, Any], name: str, path: Path, otherwise: int = 0) -> int:
        """Nanoseconds; the schema has seen to the words, not to their order (``5s3m``)."""
        if name not in item:
            return otherwise
        try:
            return duration(item[name])
        except ValueError as error:
            self._problem(str(error), (*path, name))
            return otherwise

    def _line(self, path: Path) -> int:
        return self._document.at(path)[0]

    def _problem(self, said: str, path: Path, hint: str = "") -> None:
        self.problems.append(self._document.problem(said, path, hint))


def _covers(first: When, second: When) -> bool:
    """Whether every event that ``second`` takes is taken by ``first``, as far as equality of conditions shows it."""
    if first.nth is not None:
        return False
    for name in ("says", "payload", "context", "header", "device", "state"):
        wanted = getattr(first, name)
        if wanted is not None and wanted != getattr(second, name):
            return False
    return first.event is None or (second.event is not None and set(second.event) <= set(first.event))


def _merged(base: Any, changes: Any) -> Any:
    if isinstance(base, dict) and isinstance(changes, dict):
        return {**base, **{name: _merged(base.get(name), value) for name, value in changes.items()}}
    return changes


def _dotted(path: Path) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text
