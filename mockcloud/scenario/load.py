"""From a scenario file to `Scenario` values: all mistakes at once, each with file, line and what was probably meant."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from msgspec import structs

from mockcloud.catalogue import Catalogue
from mockcloud.catalogue.documents import Document, check
from mockcloud.errors import Problem, UnreadableInput
from mockcloud.scenario.cases import RULE_NAMES, Case, Path, cases, with_case
from mockcloud.scenario.expressions import COMMON, templates
from mockcloud.scenario.faults import read_fault
from mockcloud.scenario.given import check_given, read_devices
from mockcloud.scenario.intents import all_intents, check_intents, intents_of
from mockcloud.scenario.language import INCLUDED, SCHEMA
from mockcloud.scenario.model import ExtensionGiven, Rule, When
from mockcloud.scenario.reading import Reading
from mockcloud.scenario.rules import normalise_says
from mockcloud.scenario.scenario import Scenario
from mockcloud.scenario.sending import outgoing
from mockcloud.scenario.shadow import shadowed
from mockcloud.scenario.sources import Read, documents
from mockcloud.scenario.steps import DEFAULT_WITHIN, StepReader
from mockcloud.settings import Edition

__all__ = ["DEFAULT_WITHIN", "load_scenario", "load_scenarios"]

_PARTS = ("payload", "header", "context")


def load_scenario(
    text: str,
    *,
    file: str,
    catalogue: Catalogue,
    edition: Edition = "newer",
    seed: int = 0,
    lang: str = "ko",
    read: Read | None = None,
) -> Scenario:
    """Read and check a scenario whose rules are to be used: of all its cases, those of earlier ones first.

    ``read`` gives the text of a file that is included. Raises `UnreadableInput` with every mistake found.
    """
    found = load_scenarios(text, file=file, catalogue=catalogue, edition=edition, seed=seed, lang=lang, read=read)
    if len(found) == 1:
        return found[0]
    rules: list[Rule] = []
    for scenario in found:
        new = (rule for rule in scenario.rules if rule not in rules)
        rules += (
            [structs.replace(rule, name=f"{rule.name} [{scenario.case}]") for rule in new] if rules else scenario.rules
        )
    return replace(found[0], rules=tuple(rules), case="")


def load_scenarios(
    text: str,
    *,
    file: str,
    catalogue: Catalogue,
    edition: Edition = "newer",
    seed: int = 0,
    lang: str = "ko",
    read: Read | None = None,
) -> tuple[Scenario, ...]:
    """Read and check a scenario: one for each of its cases, in their order; one if it has none.

    Raises `UnreadableInput` with every mistake found, in it and in what it includes.
    """
    sources = documents(text, file, read)
    problems: list[Problem] = []
    rows = cases(sources[0], problems)
    found = [_Loading(sources, case, catalogue, edition, seed, lang, problems).scenario() for case in rows]
    if problems:
        raise UnreadableInput(sorted(dict.fromkeys(problems), key=lambda p: (p.file != file, p.file, p.line, p.column)))
    return tuple(scenario for scenario in found if scenario is not None)


class _Loading:
    """One case of a scenario. Its mistakes go to the list that all cases share."""

    def __init__(
        self,
        sources: Sequence[Document],
        case: Case,
        catalogue: Catalogue,
        edition: Edition,
        seed: int,
        lang: str,
        problems: list[Problem],
    ) -> None:
        self._case = case
        self._problems = problems
        self._documents = [with_case(document, case, problems) for document in sources]
        self._catalogue = catalogue
        self._edition = edition
        self._seed = seed
        self._lang = lang
        self._extensions: tuple[ExtensionGiven, ...] = ()

    def scenario(self) -> Scenario | None:
        """The scenario, or ``None`` if its files have not the form of one."""
        wrong = [
            problem
            for number, document in enumerate(self._documents)
            for problem in check(document, INCLUDED if number else SCHEMA)
        ]
        self._problems += wrong
        if wrong or self._problems:
            return None
        given = _all_given(self._documents)
        account = given.get("account") or {}
        self._edition = given.get("edition", account.get("edition", self._edition))
        self._seed = given.get("seed", account.get("seed", self._seed))
        self._lang = account.get("lang", self._lang)
        own = self._reading(self._documents[0])
        check_given(own, self._documents[0].value.get("given") or {})
        devices = read_devices(own, given)
        self._extensions = self._given_extensions(own)
        value = own.document.value
        return Scenario(
            title=value["title"],
            file=own.document.file,
            covers=tuple(value.get("covers") or ()),
            rules=self._rules(own),
            steps=StepReader(own, devices, self._extensions).steps(value.get("steps") or []),
            given=given,
            devices=devices,
            extensions=self._extensions,
            case=self._case.name,
        )

    def _reading(self, document: Document) -> Reading:
        return Reading(
            document=document,
            catalogue=self._catalogue,
            edition=self._edition,
            seed=self._seed,
            lang=self._lang,
            problems=self._problems,
        )

    def _given_extensions(self, own: Reading) -> tuple[ExtensionGiven, ...]:
        """Those of the file, then those of what it includes; of one id the first."""
        found: dict[str, ExtensionGiven] = {}
        for number, document in enumerate(self._documents):
            given = document.value.get("given") or {}
            if given.get("extensions"):
                from mockcloud.scenario.extensions import read_extensions  # most scenarios have none

                for one in read_extensions(self._reading(document) if number else own, given):
                    found.setdefault(one.id, one)
        return tuple(found.values())

    def _rules(self, own: Reading) -> tuple[Rule, ...]:
        """The file's own rules, then those of what it includes."""
        rules: list[Rule] = []
        for number, document in enumerate(self._documents):
            reading = self._reading(document) if number else own
            items = document.value.get("rules") or []
            of = f"{document.file}:" if number else ""
            here = [
                _rule(reading, item, ("rules", n), f"{of}rules[{n}]", self._extensions) for n, item in enumerate(items)
            ]
            _check_names(reading, rules, here)
            _check_shadowed(reading, here)
            rules += here
        return tuple(rules)


def _all_given(sources: Sequence[Document]) -> dict[str, Any]:
    """What is given, the file's own going before that of what it includes."""
    given: dict[str, Any] = {}
    for document in sources:
        for name, value in (document.value.get("given") or {}).items():
            before = given.get(name)
            both = isinstance(before, dict) and isinstance(value, dict)
            given[name] = {**value, **before} if both else given.get(name, value)  # type: ignore[dict-item]
    return given


# Rules


def _rule(
    reading: Reading, item: dict[str, Any], path: Path, otherwise: str, extensions: Sequence[ExtensionGiven]
) -> Rule:
    """``otherwise``: what a rule without a name is called by."""
    then = item.get("then") or []
    call = then["call"] if isinstance(then, dict) else ""
    reading.no_templates(call, (*path, "then", "call"), "it is fixed when the file is loaded; cases may be used")
    entries = [] if call else then
    without_slots = () if "intent" in (item.get("when") or {}) else ("slots",)
    reading.names(entries, (*path, "then"), [name for name in (*COMMON, *RULE_NAMES) if name not in without_slots])
    return Rule(
        name=item.get("name") or otherwise,
        when=_when(reading, item.get("when") or {}, (*path, "when"), extensions),
        then=tuple(outgoing(reading, one, (*path, "then", n)) for n, one in enumerate(entries)),
        state=item.get("state"),
        fault=read_fault(reading, item["fault"], (*path, "fault")) if "fault" in item else None,
        file=reading.document.file,
        line=reading.line(path),
        templated=next(templates(entries), None) is not None,
        call=call,
    )


def _when(reading: Reading, when: dict[str, Any], path: Path, extensions: Sequence[ExtensionGiven]) -> When:
    events = _names(when.get("event"))
    for name in events or ():
        reading.known("event", name, (*path, "event"))
    reading.no_templates(when, path, "conditions are fixed when the file is loaded; cases may be used")
    intents = _names(when.get("intent"))
    if intents is not None:
        _check_meaning(reading, when, intents, path, extensions)
    if "slots" in when and intents is None:
        reading.problem("slots belong to an intent: write `intent` beside them", (*path, "slots"), key=True)
    for part in ("says", "slots", *_PARTS):
        if part in when:
            reading.pattern(when[part], (*path, part))
    reading.words_pattern(when.get("says"), (*path, "says"))
    for slot, wanted in (when.get("slots") or {}).items():
        reading.words_pattern(wanted, (*path, "slots", slot))
    if events and len(events) == 1:
        reading.misspelt("event", events[0], when.get("payload"), (*path, "payload"))
    return When(
        event=events,
        says=normalise_says(when["says"]) if "says" in when else None,
        intent=intents,
        slots=when.get("slots"),
        extension=when.get("extension"),
        payload=when.get("payload"),
        context=when.get("context"),
        header=when.get("header"),
        device=when.get("device"),
        state=when.get("state"),
        nth=when.get("nth"),
    )


def _names(written: Any) -> tuple[str, ...] | None:
    """One name or a list of them."""
    return None if written is None else tuple(written if isinstance(written, list) else [written])


def _check_meaning(
    reading: Reading,
    when: Mapping[str, Any],
    intents: tuple[str, ...],
    path: Path,
    extensions: Sequence[ExtensionGiven],
) -> None:
    extension = when.get("extension")
    known = intents_of(extensions, extension) if extension else all_intents(reading.lang, extensions)
    if known is not None:
        others = " and extensions have" if extensions else " has"
        whose = f"{extension} has" if extension else f"the built-in assistant{others}"
        check_intents(reading, intents, when.get("slots") or {}, known, whose, path)


def _check_names(reading: Reading, before: Sequence[Rule], rules: Sequence[Rule]) -> None:
    seen = {rule.name: rule for rule in before}
    for number, rule in enumerate(rules):
        if rule.name in seen:
            other = seen[rule.name]
            where = f", the other one in {other.file}:{other.line}" if other.file != rule.file else ""
            reading.problem(f"there are two rules named {rule.name!r}{where}", ("rules", number, "name"))
        seen[rule.name] = rule


def _check_shadowed(reading: Reading, rules: Sequence[Rule]) -> None:
    """A rule that can never win because an earlier one of its file asks for no more than it does.

    A file may have rules that go before those it includes: that is what it includes them for.
    """
    for number, before in shadowed(rules):
        taker = f"rule {before.name!r} (line {before.line})"
        said = f"rule {rules[number].name!r} can never win: {taker} takes all its events"
        reading.problem(said, ("rules", number), "put it before that rule, or ask for more there")
