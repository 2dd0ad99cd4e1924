"""Recording: from what was seen to a scenario that replays.

A recording is a list of journal entries (`Seen`): of a running server, of a saved journal, of a HAR file. It is told
apart what was done and what followed from it, a scenario is composed, and then it is tried: what the bundled device
or our cloud does not do by itself in the replay becomes a step or a rule, until the replay passes or nothing is left
to try.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mockcloud.catalogue import Catalogue
from mockcloud.errors import NothingToRun, UnreadableInput
from mockcloud.replay.recording.document import Composed, Composer
from mockcloud.replay.recording.entries import Seen, seen, with_device_names
from mockcloud.replay.recording.extensions import How, at_their_servers, given_extensions
from mockcloud.replay.recording.files import read_recording
from mockcloud.replay.recording.stimuli import OPENED, Decisions, at_first, is_ruled, words_of
from mockcloud.replay.recording.written import yaml
from mockcloud.replay.report import Report
from mockcloud.replay.runner import replay
from mockcloud.scenario import Scenario
from mockcloud.scenario.load import load_scenario
from mockcloud.settings import Settings

__all__ = ["How", "Recorded", "Seen", "read_recording", "record", "seen", "words_of"]

_MOST_TRIALS = 100
_PLACE = re.compile(r"steps\[(?P<step>\d+)\](\.expect(\[(?P<expect>\d+)\])?)?")
_EXTENSIONS = "given.extensions"
_TRIES = 2
"""Ways in which an event may come to be sent."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A scenario as text, and how it replays."""

    text: str
    report: Report
    dropped: tuple[Seen, ...] = ()
    """What was seen in the recording and does not come in the replay, whatever is done."""


def record(
    entries: Sequence[Seen],
    *,
    source: str,
    catalogue: Catalogue,
    settings: Settings,
    title: str = "",
    account: Mapping[str, Any] | None = None,
    extensions: Sequence[Mapping[str, Any]] = (),
    how: How = "answers",
    audio: Mapping[int, str] | None = None,
    schema: str = "",
    file: str = "scenario.yaml",
) -> Recorded:
    """The scenario of a recording.

    ``source`` is named in a comment; without a ``title`` the scenario is called by the first words. It is going to be
    replayed under ``settings``; ``account`` holds what is known of the account that was recorded (``edition``,
    ``lang``, ``seed``, ``timezone``). ``extensions`` are those that it had registered, as ``GET /v1/extensions``
    answers them, and ``how`` says who answers for them in the scenario; it is tried with what they answered in the
    recording. ``audio`` is the file beside ``file`` that holds the speech of an event, by its number; it is left out
    if the scenario does not replay with it. ``schema`` is the file or URL of the language's JSON Schema for editors.

    Raises `NothingToRun` if nothing was done in the recording.
    """
    if not entries:
        raise NothingToRun("there is nothing in the recording")
    under, entries = settings.account, with_device_names(entries)
    composer = Composer(
        entries,
        title=title or _title(entries, source),
        catalogue=catalogue,
        settings=under,
        account=account or {},
        extensions=given_extensions(entries, extensions) if how != "rules" else {},
        audio=audio or {},
    )

    def written(document: Mapping[str, Any]) -> str:
        return yaml(document, schema=schema, source=source)

    def attempt(document: Mapping[str, Any]) -> tuple[Scenario, Report]:
        scenario = load_scenario(
            written(document), file=file, catalogue=catalogue, edition=under.edition, seed=under.seed, lang=under.lang
        )
        return scenario, replay(scenario, catalogue=catalogue, settings=settings)

    composed, report, dropped = _best(entries, composer, attempt)
    if composer.audio and (dropped or not report.passed):
        composer.audio = {}
        composed, report, dropped = _best(entries, composer, attempt)
    given = composed.document["given"]
    if how == "live" and "extensions" in given:
        given["extensions"] = at_their_servers(given["extensions"], extensions)
    return Recorded(written(composed.document), report, dropped)


def _best(
    entries: Sequence[Seen], composer: Composer, attempt: Callable[[Mapping[str, Any]], tuple[Scenario, Report]]
) -> tuple[Composed, Report, tuple[Seen, ...]]:
    """What is composed when it passes or nothing is left to try, how it replays, and what of the recording it lacks."""
    decisions = at_first(entries)
    for trial in range(1, _MOST_TRIALS + 1):
        composed = composer.compose(decisions)
        if not composed.document["steps"]:
            raise NothingToRun(f"nobody does anything in the recording: {len(entries)} entries, no step among them")
        try:
            scenario, report = attempt(composed.document)
        except UnreadableInput as error:
            if not _give_way(error, composed, decisions, composer) or trial == _MOST_TRIALS:
                raise
            continue
        if not _decide(report, scenario, composed, decisions):
            break
    return composed, report, tuple(entry for entry in entries if entry.seq in decisions.dropped)


def _title(entries: Sequence[Seen], source: str) -> str:
    """The first words that are known."""
    words = next((entry.words for entry in entries if entry.is_event and entry.words), "")
    return f"{words}, and what followed" if words else f"What was seen in {source}"


def _decide(report: Report, scenario: Scenario, composed: Composed, decisions: Decisions) -> bool:
    """Learn from a trial; whether there is something to try next."""
    missed = next((failure for failure in report.failures if failure.line), None)
    if missed is None:
        return False
    for step, expected, stimulus in zip(scenario.steps, composed.expected, composed.stimuli, strict=True):
        for expect, entry in zip(step.expect, expected, strict=True):
            if expect.line == missed.line:
                _learn(entry, stimulus, decisions, too_early=any("too early" in said for said in missed.nearest))
                return True
    return False


def _give_way(error: UnreadableInput, composed: Composed, decisions: Decisions, composer: Composer) -> bool:
    """Ask for less where the file does not load; whether that helps."""
    if any(problem.path.startswith(_EXTENSIONS) for problem in error.problems):
        composer.give_no_extensions()
        return True
    for problem in error.problems:
        place = _PLACE.match(problem.path)
        if place is None:
            return False
        step, number = int(place["step"]), place["expect"]
        if number is None:  # what was sent as a step cannot be
            seq = composed.stimuli[step]
            decisions.told.pop(seq, None)
        else:
            seq = composed.expected[step][int(number)].seq
        if number is not None and seq not in decisions.bare:
            decisions.bare.add(seq)
        else:
            decisions.dropped.add(seq)
    return True


def _learn(entry: Seen, stimulus: int, decisions: Decisions, *, too_early: bool) -> None:
    """What to try for an entry that did not come."""
    tried = decisions.told.get(entry.seq, 0)
    if too_early and stimulus not in decisions.unordered:
        decisions.unordered.add(stimulus)
    elif (entry.is_event and tried < _TRIES) or (entry.name == OPENED and not tried):
        decisions.told[entry.seq] = tried + 1
    elif entry.is_directive and not is_ruled(entry) and entry.seq not in decisions.scripted:
        decisions.scripted.add(entry.seq)
    else:
        decisions.told.pop(entry.seq, None)
        decisions.dropped.add(entry.seq)
