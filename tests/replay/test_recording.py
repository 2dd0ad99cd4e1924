"""Recording: what was seen becomes a scenario that replays to the same conversation."""

import base64
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mockcloud.catalogue import Catalogue
from mockcloud.clock import SECOND
from mockcloud.cloud.extensions.registering import described
from mockcloud.errors import NothingToRun, UnreadableInput
from mockcloud.replay import Report, replay
from mockcloud.replay.recording import Recorded, Seen, read_recording, record, seen
from mockcloud.replay.recording.extensions import given_extensions
from mockcloud.replay.recording.written import redacted, span
from mockcloud.replay.runner import stage_of
from mockcloud.replay.world import Opening, World
from mockcloud.scenario import Scenario
from mockcloud.scenario.load import load_scenarios
from mockcloud.scenario.model import Advance, Say, Type, UseApp, Wait
from mockcloud.settings import Settings, apply_given
from mockcloud.speech.pcm import spoken
from mockcloud.wire.messages import dumps
from mockcloud.wire.multipart import MultipartWriter, audio_part, directive_part, metadata_part

LIBRARY = Path(__file__).parents[2] / "scenarios"
UNFINISHED = {
    "device-control/older-firmware-beside-newer.yaml": "a journal does not tell the edition of each device",
    "alerts/synchronised-after-a-power-cut.yaml": "the device goes off while a directive is on its way to it",
    "extensions/server-does-not-answer.yaml": "the same words are answered by an extension, and then by nobody",
}
"""Scenarios whose recordings replay to something else, and why."""

Entries = list[dict[str, Any]]


@cache
def catalogue() -> Catalogue:
    return Catalogue.load()


def loaded(text: str, file: str) -> tuple[Scenario, ...]:
    return load_scenarios(
        text, file=file, catalogue=catalogue(), read=lambda path: Path(path).read_text(encoding="utf-8")
    )


def played(scenario: Scenario) -> tuple[Report, Entries]:
    """A replay, and its journal as the control API shows it."""
    report, entries, _ = played_with_extensions(scenario)
    return report, entries


def played_with_extensions(scenario: Scenario) -> tuple[Report, Entries, list[Any]]:
    """The same, and the extensions that were registered."""
    accounts = []

    def stage(opening: Opening) -> World:
        world = stage_of(scenario)(opening)
        accounts.append(opening.account(world.cloud))
        return world

    report = replay(scenario, catalogue=catalogue(), settings=Settings(), stage=stage)
    entries = [json.loads(json.dumps(entry.as_json())) for entry in accounts[0].journal]
    return report, entries, [described(extension) for extension in accounts[0].extensions.values()]


def of_text(text: str) -> tuple[Report, Entries]:
    return played(loaded(text, "scenario.yaml")[0])


def recorded(entries: Sequence[Seen] | Entries, settings: Settings | None = None, **more: Any) -> Recorded:
    found = [entry if isinstance(entry, Seen) else seen(entry) for entry in entries]
    return record(found, source="a test", catalogue=catalogue(), settings=settings or Settings(), **more)


def actions(made: Recorded) -> list[type]:
    """What the steps do."""
    return [type(step.action) for step in loaded(made.text, "scenario.yaml")[0].steps]


def unnamed(lines: Sequence[str]) -> list[str]:
    """A transcript without the names of rules: a recording has one rule for each way in which one answered."""
    return [re.sub(r"\[rule .+\]$", "[rule]", line) for line in lines]


def library() -> Iterator[Any]:
    for file in sorted(LIBRARY.rglob("*.yaml")):
        name = file.relative_to(LIBRARY).as_posix()
        if name not in UNFINISHED:
            yield pytest.param(file, id=name)


@pytest.mark.parametrize("file", list(library()))
def test_a_recorded_replay_replays_to_the_same_conversation(file: Path) -> None:
    for scenario in loaded(file.read_text(encoding="utf-8"), str(file)):
        report, entries, extensions = played_with_extensions(scenario)
        # A recording is replayed under the settings of the server that was recorded.
        made = recorded(entries, apply_given(Settings(), scenario.given), extensions=extensions)
        assert made.report.passed, "\n".join(map(str, [made.text, *made.report.failures]))
        assert not made.dropped
        assert not (extensions and "rules:" in made.text)
        # The recording ends where the replay ended; what was under way goes on for a second more.
        before = unnamed(report.transcript)
        assert unnamed(made.report.transcript)[: len(before)] == before, made.text


@pytest.mark.parametrize("name", list(UNFINISHED))
def test_what_cannot_be_recorded_replays_nevertheless(name: str) -> None:
    file = LIBRARY / name
    report, entries = played(loaded(file.read_text(encoding="utf-8"), str(file))[0])
    made = recorded(entries)
    assert made.report.passed
    assert unnamed(made.report.transcript) != unnamed(report.transcript), "take it out of UNFINISHED"


# Extensions


DICE = """
mockcloud: 1
title: Dice
given:
  extensions:
    com.example.dice:
      invocation_names: [주사위 놀이]
      linking: {built_in: true}
      model:
        intents:
          Throw:
            tsv: |
              [INTENT SLOT]
              count CLOVA.NUMBER

              [INTENT EXPRESSION]
              <count>한</count> 번 던져줘
              던져줘
      answers:
        - {when: {intent: Throw, nth: 1}, then: {speak: "5", attributes: {thrown: 1}, ends: false}}
        - {when: {intent: Throw, slots: {count: {exists: true}}}, then: {speak: "${slots.count}번"}}
        - when: {intent: Throw}
          then:
            answer:
              version: 0.1.0
              sessionAttributes: {}
              response:
                outputSpeech: {type: SimpleSpeech, values: {type: PlainText, lang: en, value: Six}}
                card: {}
                directives: []
                shouldEndSession: true
steps:
  - {type: 주사위 놀이에서 던져줘, expect: {event: SpeechSynthesizer.SpeechFinished}}
  - {type: 두 번 던져줘, expect: {event: SpeechSynthesizer.SpeechFinished}}
  - {type: 주사위 놀이에서 던져줘, expect: {event: SpeechSynthesizer.SpeechFinished}}
  - app: {set_link: {extension: com.example.dice, access_token: secret-token}}
  - {type: 주사위 놀이에서 던져줘, expect: {event: SpeechSynthesizer.SpeechFinished}}
"""


def test_answers_ask_for_what_tells_them_apart_and_no_more() -> None:
    _, entries, extensions = played_with_extensions(loaded(DICE, "dice.yaml")[0])
    made = recorded(entries, extensions=extensions)
    answers = loaded(made.text, "made.yaml")[0].extensions[0].answers
    told = [(one.slots, one.linked, one.attributes, one.nth) for one in answers]
    assert told == [
        ({"count": {"absent": True}}, False, None, 1),
        ({"count": {"absent": True}}, False, None, None),
        ({"count": {"absent": True}}, True, None, None),
        ({"count": "2"}, None, None, None),
    ]
    assert "secret-token" not in made.text
    assert "set_link: {extension: com.example.dice, access_token: REDACTED}" in made.text


PLAIN: dict[str, Any] = {
    "outputSpeech": {"type": "SimpleSpeech", "values": {"type": "PlainText", "lang": "ko", "value": "네"}},
    "card": {},
    "directives": [],
    "shouldEndSession": True,
}


@pytest.mark.parametrize(
    "changes",
    [
        {"reprompt": None},
        {"reprompt": "네?"},
        {"reprompt": {}},
        {"card": None},
        {"outputSpeech": {"type": "SpeechList", "values": []}},
        {"outputSpeech": {"type": "SpeechList", "values": ["네"]}},
        {"outputSpeech": {"type": "SimpleSpeech", "values": None}},
        {"outputSpeech": {"type": "SimpleSpeech", "values": {"type": "URL", "lang": "", "value": "https://a/b.mp3"}}},
        {"shouldEndSession": None},
        {"directives": [{"header": {"namespace": "Clova", "name": "HandleUnsupported"}, "payload": {}}]},
    ],
)
def test_what_the_words_of_scenarios_do_not_say_is_answered_whole(changes: dict[str, Any]) -> None:
    asked: dict[str, Any] = {
        "at": 0,
        "channel": "extension",
        "name": "LaunchRequest",
        "device": "a",
        "rule": "extension a.b",
    }
    registered = {"id": "a.b", "name": "a", "invocation_names": ["a"], "lang": "ko", "model": {"intents": {}}}

    def answers(response: dict[str, Any]) -> Any:
        message = {"version": "0.1.0", "sessionAttributes": {}, "response": response}
        request = Seen(seq=1, kind="cek-request", message={"request": {"type": "LaunchRequest"}}, **asked)
        given = given_extensions([request, Seen(seq=2, kind="cek-response", message=message, **asked)], [registered])
        return [answer["then"] for answer in given["a.b"]["answers"]], message

    assert answers(PLAIN)[0] == [{"speak": "네"}]
    found, message = answers({**PLAIN, **changes})
    assert found == [{"answer": message}]


def test_an_account_that_was_linked_before_is_linked_by_a_step() -> None:
    _, entries, extensions = played_with_extensions(loaded(DICE, "dice.yaml")[0])
    names = [entry["name"] for entry in entries]
    connected, linked = names.index("TextRecognizer.Recognize"), names.index("linking set")
    made = recorded(entries[:connected] + entries[linked + 1 :], extensions=extensions)
    first, second = loaded(made.text, "made.yaml")[0].steps
    assert isinstance(second.action, Type)
    assert first.action == UseApp("set_link", {"extension": "com.example.dice", "access_token": "REDACTED"})


def test_extensions_with_a_server_may_answer_for_themselves() -> None:
    _, entries, (extension,) = played_with_extensions(loaded(DICE, "dice.yaml")[0])
    there = {**extension, "url": "http://127.0.0.1:9/clova?token=abcdefgh"}
    made = recorded(entries, extensions=[there], how="live")
    (given,) = loaded(made.text, "made.yaml")[0].extensions
    assert (given.registration["url"], given.answers) == ("http://127.0.0.1:9/clova?token=REDACTED", ())
    assert made.report.passed
    assert loaded(recorded(entries, extensions=[extension], how="live").text, "a.yaml")[0].extensions[0].answers
    assert not loaded(recorded(entries, extensions=[there], how="rules").text, "made.yaml")[0].extensions


def test_a_model_that_does_not_load_leaves_rules() -> None:
    _, entries, (extension,) = played_with_extensions(loaded(DICE, "dice.yaml")[0])
    broken = {**extension, "model": {"intents": {"Throw": {"tsv": "[INTENT SLOT]\ncount NO.SUCH\n"}}, "slot_types": {}}}
    made = recorded(entries, extensions=[broken])
    assert made.report.passed
    assert "rules:" in made.text
    assert "extensions:" not in made.text


# What is written

WEATHER = """
mockcloud: 1
title: Weather
given: {devices: {tablet: {display: l100}}}
rules:
  - name: weather
    when: {says: {contains: 날씨}}
    then: [{speak: 오늘은 맑아요}, {push: Notifier.SetIndicator, with: {new: false}, after: 2s}]
steps:
  - say: 오늘 날씨 어때
    expect: {event: SpeechSynthesizer.SpeechFinished}
  - wait: 20s
  - press: volume-up
  - type: 고마워
    expect: {event: SpeechSynthesizer.SpeechFinished}
"""


def test_a_recording_reads_as_if_a_person_had_written_it() -> None:
    _, entries = of_text(WEATHER)
    made = recorded(entries, title="The weather", schema="s.json")
    assert made.text == (
        """\
# yaml-language-server: $schema=s.json
# Recorded from a test
mockcloud: 1
title: The weather
given:
  clock: '2026-01-01T09:00:00+09:00'
  devices:
    tablet: {display: l100}
rules:
  - name: weather
    when: {says: 오늘 날씨 어때}
    then:
      - speak: 오늘은 맑아요
      - push: Notifier.SetIndicator
        with: {new: false}
        after: 2s
steps:
  - say: 오늘 날씨 어때
    expect:
      - {directive: SpeechSynthesizer.Speak, says: 오늘은 맑아요, as: speak}
      - {event: SpeechSynthesizer.SpeechFinished, payload: {token: '${speak.payload.token}'}}
      - {directive: Notifier.SetIndicator, via: downchannel}
  - wait: 19s
  - type: 고마워
    expect:
      - {directive: SpeechSynthesizer.Speak, says: 천만에요., as: speak2}
      - {event: SpeechSynthesizer.SpeechFinished, payload: {token: '${speak2.payload.token}'}}
"""
    )


def test_the_same_words_with_other_answers_are_told_apart() -> None:
    text = """
mockcloud: 1
title: Twice
rules:
  - {name: first, when: {says: 안녕, nth: 1}, then: [{speak: 처음이네요}]}
  - {name: then, when: {says: 안녕}, then: [{speak: 또 만났네요}]}
steps:
  - {type: 안녕, expect: {event: SpeechSynthesizer.SpeechFinished}}
  - {type: 안녕!, expect: {event: SpeechSynthesizer.SpeechFinished}}
  - {type: 안녕?, expect: {event: SpeechSynthesizer.SpeechFinished}}
"""
    report, entries = of_text(text)
    made = recorded(entries)
    rules = loaded(made.text, "scenario.yaml")[0].rules
    assert [(rule.name, rule.when.nth) for rule in rules] == [("first", 1), ("then", None)]
    assert made.report.transcript == report.transcript


def test_time_that_passed_and_a_clock_that_was_moved_are_told_apart() -> None:
    moved = "mockcloud: 1\ntitle: t\nsteps: [{type: 안녕}, {wait: 5s}, {advance: 3h}, {type: 고마워}]"
    assert actions(recorded(of_text(moved)[1])) == [Type, Advance, Type]
    passed = moved.replace("advance", "wait")
    assert actions(recorded(of_text(passed)[1])) == [Type, Wait, Type]


def test_more_time_than_a_step_may_wait_is_passed_over() -> None:
    """A speaker of a server that runs for months is pinged all the time."""
    _, entries = of_text("mockcloud: 1\ntitle: t\nsteps: [{type: 안녕}, {wait: 3h}, {type: 고마워}]")
    last = next(number for number, entry in enumerate(entries) if entry["words"] == "고마워")
    found = [
        replace(seen(one), at=seen(one).at + (number >= last) * 40 * 86400 * SECOND)
        for number, one in enumerate(entries)
    ]
    made = recorded(found)
    assert made.report.passed, made.text
    assert re.search(r"advance: 96[23]h", made.text), made.text


def test_what_the_bundled_device_does_not_do_becomes_a_step() -> None:
    text = """
mockcloud: 1
title: An event that no directive asks for
steps:
  - type: 안녕
    expect: {event: SpeechSynthesizer.SpeechFinished}
  - {event: AudioPlayer.ProgressReportPositionPassed, payload: {token: song-1, offsetInMilliseconds: 100}}
"""
    _, entries = of_text(text)
    made = recorded(entries)
    assert made.report.passed
    assert "- event: AudioPlayer.ProgressReportPositionPassed\n    payload: {token: song-1, offsetIn" in made.text


def test_an_account_is_given_where_it_differs() -> None:
    _, entries = of_text("mockcloud: 1\ntitle: t\nsteps: [{type: 안녕}]")
    made = recorded(entries, account={"timezone": "Asia/Tokyo", "lang": "ja", "edition": "4.4", "seed": 7})
    given = loaded(made.text, "scenario.yaml")[0].given
    assert given["account"] == {"lang": "ja", "timezone": "Asia/Tokyo"}
    assert (given["edition"], given["seed"]) == ("4.4", 7)


def test_secrets_are_redacted_and_tokens_of_messages_are_not() -> None:
    kept = {"token": "stream-1", "text": "Bearer of news"}
    secrets = {
        "accessToken": "s3cret-access",
        "refresh_token": "s3cret-refresh",
        "clientSecret": "s3cret-client",
        "Authorization": "Bearer s3cret-header",
        "list": [{"url": "https://x/?a=1&access_token=s3cret-query&b=2"}],
        "said": "Authorization: Bearer s3cret.in-text",
    }
    assert redacted(kept) == kept
    assert "s3cret" not in json.dumps(redacted(secrets))
    assert redacted(secrets)["list"] == [{"url": "https://x/?a=1&access_token=REDACTED&b=2"}]


def test_no_secret_of_a_journal_comes_into_a_scenario() -> None:
    text = """
mockcloud: 1
title: t
steps:
  - push: Clova.RenderText
    payload: {text: "https://x.invalid/?access_token=s3cret-query"}
    expect: {directive: Clova.RenderText}
"""
    made = recorded(of_text(text)[1])
    assert "s3cret" not in made.text
    assert "access_token=REDACTED" in made.text


def test_text_that_looks_like_an_expression_is_none() -> None:
    text = 'mockcloud: 1\ntitle: t\nsteps: [{type: "$${now}", expect: {event: TextRecognizer.Recognize}}]'
    made = recorded(of_text(text)[1])
    assert made.report.passed
    assert loaded(made.text, "x")[0].steps[0].action == Type("${now}")


@pytest.mark.parametrize(
    ("nanoseconds", "said"),
    [
        (1, "10ms"),
        (314_000_000, "310ms"),
        (2_000_400_000, "2s"),
        (2_460_000_000, "2.5s"),
        (3_360_200_000_000, "56m"),
        (7_384_600_000_000, "2h3m5s"),
    ],
)
def test_durations_are_rounded_as_a_person_would(nanoseconds: int, said: str) -> None:
    assert span(nanoseconds) == said


def test_nothing_to_record_is_said() -> None:
    with pytest.raises(NothingToRun, match="nothing in the recording"):
        recorded([])
    _, entries = of_text("mockcloud: 1\ntitle: t\nsteps: [{wait: 1s}]")
    with pytest.raises(NothingToRun, match="nobody does anything"):
        recorded(entries)


# Files


def ndjson(entries: Entries) -> bytes:
    return b"\n".join(json.dumps(entry, ensure_ascii=False).encode() for entry in entries)


def test_a_journal_is_read_by_lines_or_as_the_control_api_answers_it() -> None:
    _, entries = of_text(WEATHER)
    expected = [seen(entry) for entry in entries]
    assert read_recording(ndjson(entries), "j.ndjson") == expected
    assert read_recording(json.dumps({"entries": entries, "last_seq": 9}).encode(), "j.json") == expected
    assert read_recording(ndjson(entries[:1]), "j.ndjson") == expected[:1]
    assert read_recording(b" \n", "empty") == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"# words", r"f:1:1: .*expected a saved journal"),
        (b"[1, 2]", "expected a saved journal"),
        (b'{"directive": {}}', r"no `seq`; expected an entry of the journal"),
        (b'{"seq": 1}\n{"seq": 2}', r"f:1: it has no `at`.*\nf:2: it has no `at`"),
        (b'{"seq": 1, "at": "soon", "channel": "event", "kind": "event", "name": "A.B"}', "`at` is 'soon', no date"),
        (b'{"seq": "1", "at": "x", "channel": "event", "kind": "event", "name": "A.B"}', "`seq` is '1'"),
        (
            b'{"seq": 1, "at": "2026-01-01", "channel": "x", "kind": "x", "name": "x", "device": ["a"]}',
            r"`device` is \['a'\]; expected an entry",
        ),
        (
            b'{"seq": 1, "at": "2026-01-01", "channel": "x", "kind": "x", "name": "x", "audio_bytes": "1"}',
            "`audio_bytes` is '1'; expected an entry",
        ),
        (b'{"seq": 1}\n{"seq":', "f:2:8: "),
        (b'{"log": {"entries": []}}', "no entry is for /v1/events"),
        (b'{"log": {"entries": [{"request": {"url": "https://h/v1/events"}}]}}', "entry 1: startedDateTime is None"),
    ],
)
def test_another_file_is_refused_with_what_was_expected(data: bytes, said: str) -> None:
    with pytest.raises(UnreadableInput, match=re.compile(said, re.DOTALL)):
        read_recording(data, "f")


# HAR


def har_body(parts: Sequence[Any]) -> dict[str, Any]:
    writer = MultipartWriter("term")
    text = base64.b64encode(writer.whole(parts)).decode()
    return {"mimeType": writer.content_type("form-data"), "encoding": "base64", "text": text}


def har_of(entries: Entries, audio: bytes = b"") -> dict[str, Any]:
    """What a proxy between a device and a cloud would have written of this conversation."""
    events = [entry for entry in entries if entry["kind"] == "event"]
    sent = [entry for entry in entries if entry["kind"] == "directive"]
    made = [_har_exchange("directives", entries[0]["at"], [], [one for one in sent if one["channel"] == "downchannel"])]
    for number, event in enumerate(events):
        until = events[number + 1]["seq"] if number + 1 < len(events) else 1 << 30
        answered = [one for one in sent if one["channel"] == "response" and event["seq"] < one["seq"] < until]
        parts = [metadata_part(dumps(event["message"]))]
        if event["name"] == "SpeechRecognizer.Recognize":
            parts.append(audio_part(audio))
        made.append({**_har_exchange("events", event["at"], parts, answered)})
    return {"log": {"version": "1.2", "entries": made}}


def _har_exchange(path: str, at: str, parts: Sequence[Any], directives: Entries) -> dict[str, Any]:
    answered = [directive_part(one["name"], one["message_id"], dumps(one["message"])) for one in directives]
    return {
        "startedDateTime": at,
        "time": 1,
        "request": {
            "method": "POST" if parts else "GET",
            "url": f"https://prod-ni-cic.clova.ai/v1/{path}",
            "headers": [{"name": "Authorization", "value": "Bearer s3cret-header"}],
            **({"postData": har_body(parts)} if parts else {}),
        },
        "response": {
            "status": 200 if answered else 204,
            "headers": [],
            "content": har_body(answered) if answered else {},
        },
    }


def test_a_session_with_another_cloud_is_recorded_from_har() -> None:
    text = """
mockcloud: 1
title: t
rules:
  - when: {says: 날씨}
    then: [{speak: 오늘은 맑아요}, {directive: Clova.RenderText, payload: {text: 맑음}}]
steps:
  - {type: 날씨, expect: {event: SpeechSynthesizer.SpeechFinished}}
  - push: Alerts.SetAlert
    payload: {type: TIMER, token: soup, scheduledTime: "2026-01-01T09:03:00+09:00"}
    expect: {event: Alerts.AlertStarted, within: 4m}
"""
    report, entries = of_text(text)
    made = recorded(read_recording(json.dumps(har_of(entries)).encode(), "session.har"))
    assert made.report.passed, made.text
    assert not made.dropped
    assert "s3cret" not in made.text
    assert names_of(made.report) == names_of(report), made.text


def names_of(report: Report) -> list[str]:
    """The messages of the conversation, without what was said, which a HAR file does not tell."""
    return [line.split(" [")[0].split(' "')[0] for line in report.transcript if line.startswith(("-> event", "<-"))]


def test_speech_of_a_har_file_is_kept_and_called_by_its_number() -> None:
    _, entries = of_text(WEATHER.replace("steps:", "steps:\n  - {say: 뭐라고}", 1))
    pcm = spoken("날씨")
    found = read_recording(json.dumps(har_of(entries, pcm)).encode(), "session.har")
    asked = [entry for entry in found if entry.name == "SpeechRecognizer.Recognize"]
    assert [entry.audio for entry in asked] == [pcm, pcm]
    made = recorded(found)
    assert made.report.passed, made.text
    steps = loaded(made.text, "x")[0].steps
    assert [step.action.words for step in steps if isinstance(step.action, Say)] == ["utterance 1", "utterance 2"]


def test_ids_of_accounts_and_connections_are_not_needed() -> None:
    """A recording of a device that was connected long before begins in the middle."""
    _, entries = of_text(WEATHER)
    first = next(entry["seq"] for entry in entries if entry["words"])
    made = recorded([replace(seen(entry), seq=entry["seq"] + 1000) for entry in entries if entry["seq"] >= first])
    assert made.report.passed
    assert made.text.count("- say:") == 1


def changed(entries: Entries, name: str, **payload: Any) -> Entries:
    """The journal, with other members in the payloads of a message."""
    made: Entries = json.loads(json.dumps(entries))
    for entry in made:
        if entry["name"] == name:
            body = entry["message"].get("event") or entry["message"]["directive"]
            body["payload"] |= payload
    return made


def test_directives_that_the_catalogue_refuses_are_sent_unchecked() -> None:
    _, entries = of_text(WEATHER)
    made = recorded(changed(entries, "Notifier.SetIndicator", new="maybe", colour="red"))
    assert made.report.passed, made.text
    assert "new: maybe" in made.text
    assert "unchecked: true" in made.text


@pytest.mark.parametrize("alerts", [5, "abc", {"a": 1}, [5, None, "a"]])
def test_alerts_that_are_none_are_none_that_had_been_set_before(alerts: Any) -> None:
    _, entries = of_text(WEATHER)
    made = recorded(changed(entries, "Alerts.SynchronizeAlert", allAlerts=alerts))
    assert "    alerts:" not in made.text


def test_members_that_no_such_event_has_are_not_expected() -> None:
    _, entries = of_text(WEATHER)
    made = recorded(changed(entries, "SpeechSynthesizer.SpeechFinished", tokn="x"))
    assert made.report.passed, made.text
    assert "tokn" not in made.text


def test_a_scenario_that_does_not_load_in_the_end_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockcloud.replay.recording._MOST_TRIALS", 1)
    _, entries = of_text(WEATHER)
    with pytest.raises(UnreadableInput, match="tokn"):
        recorded(changed(entries, "SpeechSynthesizer.SpeechFinished", tokn=True))


def test_messages_that_nobody_knows_are_left_out() -> None:
    _, entries = of_text(WEATHER)
    foreign = {**entries[-1], "seq": entries[-1]["seq"] + 1, "kind": "event", "name": "CDK.Metrics", "words": ""}
    made = recorded([*entries, foreign])
    assert made.report.passed, made.text
    assert "CDK" not in made.text


def test_devices_get_names_in_the_place_of_ids_that_vary() -> None:
    _, entries = of_text(WEATHER)
    ids = json.dumps(entries).replace('"tablet"', '"00:00:5E:00:53:01"').replace("for tablet", "for 00:00:5E:00:53:01")
    made = recorded(json.loads(ids))
    assert made.report.passed
    assert "00:00:5E" not in made.text
    assert [device.name for device in loaded(made.text, "x")[0].devices] == ["speaker"]
