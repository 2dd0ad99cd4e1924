"""`mockcloud validate`: what it reads, what it says, how it ends."""

import base64
import io
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mockcloud.catalogue import Catalogue
from mockcloud.commands import command_line
from mockcloud.commands.ndjson import answers
from mockcloud.commands.recordings import LONGEST_LINE, recorded

HELLO = {"directive": {"header": {"namespace": "Clova", "name": "Hello", "messageId": "m-1"}, "payload": {}}}
TEXT = {
    "directive": {"header": {"namespace": "Clova", "name": "RenderText", "messageId": "m-2"}, "payload": {"text": "a"}}
}
WRONG = {
    "directive": {"header": {"namespace": "Clova", "name": "RenderText", "messageId": "m-3"}, "payload": {"text": 5}}
}
SPEAK = {
    "directive": {
        "header": {"namespace": "SpeechSynthesizer", "name": "Speak", "messageId": "m-4"},
        "payload": {"format": "AUDIO_MPEG", "token": "t", "url": "cid:sound"},
    }
}


def run(*arguments: str | Path, stdin: str | bytes = b"") -> Result:
    return CliRunner().invoke(command_line, ["validate", *map(str, arguments)], input=stdin)


def found_in(text: str | bytes, *arguments: str) -> list[tuple[str, str, str]]:
    """Place, path and code of everything that is found in a file."""
    result = run("--json", *arguments, stdin=text)
    assert result.exit_code in (0, 1), result.output
    findings = json.loads(result.stdout)["findings"]
    assert (result.exit_code == 1) == any(finding["severity"] == "violation" for finding in findings)
    return [(finding["place"], finding["path"], finding["code"]) for finding in findings]


def lines(*values: Any) -> str:
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)


# What is read


def test_one_message_on_one_line_or_many() -> None:
    assert found_in(json.dumps(HELLO)) == []
    assert found_in("\n\n" + json.dumps(WRONG, indent=2)) == [("", "directive.payload.text", "directive.payload.type")]


def test_a_list_of_messages() -> None:
    assert found_in(json.dumps([HELLO, WRONG])) == [("[1]", "directive.payload.text", "directive.payload.type")]


def test_messages_of_several_kinds_a_line_each() -> None:
    volume = {"header": {"namespace": "Speaker", "name": "VolumeState"}, "payload": {"volume": "5", "muted": False}}
    assert found_in(lines(HELLO, WRONG) + "\n" + lines(volume)) == [
        ("line 2", "directive.payload.text", "directive.payload.type"),
        ("line 4", "payload.volume", "context.payload.type"),
    ]


def test_a_line_may_say_what_it_is_as_journals_do() -> None:
    records = [
        {"id": 7, "kind": "directive", "edition": "4.4", "message": HELLO},
        {"seq": 3, "kind": "connection", "message": None},
        {"seq": 4, "kind": "directive", "message": WRONG},
    ]
    assert found_in(lines(*records)) == [("line 3", "directive.payload.text", "directive.payload.type")]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_broken_line_is_a_finding_with_its_number(number: int) -> None:
    rows = [json.dumps(HELLO)] * 3
    rows[number - 1] = '{"directive": '
    assert found_in("\n".join(rows)) == [(f"line {number}", "", "message.unreadable")]


def test_an_endless_line_is_a_finding_and_the_next_line_is_read() -> None:
    long = b'{"a": "' + b"x" * LONGEST_LINE + b'"}\n'
    found = list(recorded(io.BytesIO(long + lines(HELLO).encode()), "ndjson"))
    assert [(one.place, bool(one.broken)) for one in found] == [("line 1", True), ("line 2", False)]


def multipart(*parts: tuple[str, bytes], eol: bytes = b"\r\n", boundary: bytes = b"x") -> bytes:
    body = b""
    for headers, data in parts:
        body += b"--" + boundary + eol + headers.encode().replace(b"\n", eol) + eol + eol + data + eol
    return body + b"--" + boundary + b"--" + eol


JSON_PART = "Content-Type: application/json; charset=utf-8"
SOUND = ("Content-ID: sound\nContent-Type: application/octet-stream", b"\x00--x\x01")


@pytest.mark.parametrize("eol", [b"\r\n", b"\n"])
@pytest.mark.parametrize("boundary", [b"x", b"--x"])
def test_a_multipart_dump(eol: bytes, boundary: bytes) -> None:
    dump = multipart(
        (JSON_PART, json.dumps(WRONG).encode()), (JSON_PART, json.dumps(HELLO).encode()), eol=eol, boundary=boundary
    )
    assert found_in(dump) == [("part 1", "directive.payload.text", "directive.payload.type")]


def test_a_multipart_dump_with_http_headers_before() -> None:
    head = b"HTTP/2 200 OK\r\ncontent-type: multipart/related; boundary=x\r\n\r\n"
    dump = head + multipart((JSON_PART, json.dumps(WRONG).encode()))
    assert found_in(dump) == [("part 1", "directive.payload.text", "directive.payload.type")]


@pytest.mark.spec("C-053", "C-055")
def test_what_a_directive_refers_to_has_to_be_in_the_same_dump() -> None:
    speak = (JSON_PART, json.dumps(SPEAK).encode())
    assert found_in(multipart(speak, SOUND)) == found_in(multipart(SOUND, speak)) == []
    assert found_in(multipart(speak)) == [("part 1", "directive.payload.url", "directive.attachment.missing")]
    assert found_in(json.dumps(SPEAK)) == []


def test_a_har_recording() -> None:
    dump = base64.b64encode(multipart((JSON_PART, json.dumps(WRONG).encode()), SOUND)).decode()
    related = "multipart/related; boundary=x"
    har = {
        "log": {
            "entries": [
                {"request": {"postData": {"mimeType": "text/html", "text": "<p>"}}, "response": {"content": {}}},
                {
                    "request": {"postData": {"mimeType": "application/json", "text": json.dumps(HELLO)}},
                    "response": {"content": {"mimeType": related, "encoding": "base64", "text": dump}},
                },
                {"response": {"content": {"mimeType": "application/json", "text": "{"}}},
            ]
        }
    }
    assert found_in(json.dumps(har)) == [
        ("entry 2, response, part 1", "directive.payload.text", "directive.payload.type"),
        ("entry 3, response", "", "message.unreadable"),
    ]


def test_the_kind_and_the_edition_may_be_given() -> None:
    answer = {"version": "0.1.0", "sessionAttributes": {}}
    assert found_in(json.dumps(answer)) == [("", "", "message.kind")]
    assert found_in(json.dumps(answer), "--kind", "cek-response") == [
        ("", "response", "cek-response.response.required")
    ]
    rescan = json.dumps(HELLO).replace("Clova", "DeviceControl").replace("Hello", "BtRescan")
    assert found_in(rescan) == []
    assert found_in(rescan, "--edition", "4.4") == [("", "directive.header.name", "directive.unknown")]


# What is said, and how it ends


def test_findings_are_lines_that_editors_understand(tmp_path: Path) -> None:
    file = tmp_path / "messages.ndjson"
    file.write_text(lines(HELLO, WRONG))
    result = run(file)
    assert result.exit_code == 1
    assert result.stdout == (
        f"{file}:2: directive.payload.text: expected a string, found the number `5`  [directive.payload.type, C-176]\n"
    )
    assert result.stderr == "2 messages, 1 violation\n"


def test_a_finding_is_one_line_whatever_fields_are_called() -> None:
    slots = {"a\nb": {"name": "x", "value": 5}}
    intent = {"request": {"type": "IntentRequest", "intent": {"name": "A", "slots": slots}}}
    result = run("--kind", "cek-request", stdin=json.dumps(intent))
    assert "request.intent.slots.a\\nb.value: " in result.stdout
    assert all(line.startswith("-: ") for line in result.stdout.splitlines())


def test_several_files_are_one_run(tmp_path: Path) -> None:
    for name, message in (("a.json", HELLO), ("b.json", WRONG)):
        (tmp_path / name).write_text(json.dumps(message))
    result = run("--json", tmp_path / "a.json", tmp_path / "b.json")
    told = json.loads(result.stdout)
    assert (told["messages"], told["violations"], told["warnings"]) == (2, 1, 0)
    assert told["findings"][0]["file"] == str(tmp_path / "b.json")


@pytest.mark.parametrize(
    ("stdin", "code"),
    [(lines(HELLO), 0), (lines(WRONG), 1), ("", 5), ("\n \n", 5), ("[]", 5), ("{", 2), ("hello", 2), ("--x", 5)],
)
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_exit_codes(stdin: str, code: int, more: list[str]) -> None:
    assert run(*more, stdin=stdin).exit_code == code


def test_a_file_that_is_not_there() -> None:
    result = run("nowhere.json")
    assert result.exit_code == 2
    assert "nowhere.json cannot be read" in result.stderr


def test_what_cannot_be_read_is_named_with_line_and_column() -> None:
    result = run("-", stdin='{\n  "a": 1,\n  b')
    assert result.exit_code == 2
    assert "-:3:3: " in result.stderr


# Baselines


def test_a_baseline_lets_pass_what_it_names_and_nothing_new(tmp_path: Path) -> None:
    baseline = tmp_path / "known.json"
    assert run("--baseline", baseline, "--update-baseline", stdin=lines(WRONG)).exit_code == 0
    known = run("--baseline", baseline, stdin=lines(WRONG, WRONG))
    assert (known.exit_code, known.stdout) == (0, "")
    assert known.stderr == "2 messages, 0 violations, 2 waived\n"
    missing = json.loads(json.dumps(WRONG))
    del missing["directive"]["payload"]["text"]
    assert run("--baseline", baseline, stdin=lines(WRONG, missing)).exit_code == 1


def test_a_waiver_that_matches_nothing_is_a_finding(tmp_path: Path) -> None:
    baseline = tmp_path / "known.json"
    run("--baseline", baseline, "--update-baseline", stdin=lines(WRONG))
    result = run("--baseline", baseline, stdin=lines(HELLO))
    assert result.exit_code == 1
    assert "the waiver of directive.payload.type in directive Clova.RenderText matches nothing" in result.stdout


def test_a_waiver_holds_wherever_in_a_list_it_is(tmp_path: Path) -> None:
    def alerts(*kinds: str) -> str:
        entries = [{"token": "a", "type": kind, "scheduledTime": "2026-03-02T07:00:00Z"} for kind in kinds]
        header = {"namespace": "Alerts", "name": "SynchronizeAlert", "messageId": "m"}
        return lines({"directive": {"header": header, "payload": {"allAlerts": entries}}})

    baseline = tmp_path / "known.json"
    run("--baseline", baseline, "--update-baseline", stdin=alerts("NAP"))
    assert run("--baseline", baseline, stdin=alerts("TIMER", "NAP")).exit_code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot be read"),
        ("", "there is no JSON at all"),
        ("[" * 100_000, "inside each other"),
        ('{"mockcloud": 1,\n "waived": [}', "line 2, column 13"),
        ("[]", "expected {"),
        ('{"waived": []}', "`mockcloud` is `null`, expected 1"),
        ('{"mockcloud": 2, "waived": []}', "`mockcloud` is `2`, expected 1"),
        ('{"mockcloud": 1, "waived": {}}', "`waived` has to be a list"),
        ('{"mockcloud": 1, "waived": [5]}', "waived[0] is `5`, expected {message, code, path}"),
        ('{"mockcloud": 1, "waived": [{"message": "", "code": "", "path": 1.5}]}', "waived[0].path is `1.5`"),
        ('{"mockcloud": 1, "waived": [{"message": "", "path": ""}]}', "waived[0].code is `null`, expected a text"),
    ],
)
def test_a_baseline_that_is_none_is_an_error(tmp_path: Path, text: str | None, said: str) -> None:
    baseline = tmp_path / "known.json"
    if text is not None:
        baseline.write_text(text)
    result = run("--baseline", baseline, stdin=lines(HELLO))
    assert result.exit_code == 2
    assert said in result.stderr
    assert "--update-baseline" in result.stderr


@pytest.mark.parametrize(
    "wrong",
    [["--update-baseline"], ["--ndjson", "--json"], ["--ndjson", "--form", "har"], ["--kind", "events"]],
)
def test_flags_that_make_no_sense(wrong: list[str]) -> None:
    assert run(*wrong, stdin=lines(HELLO)).exit_code == 2


# --ndjson


def answered(*records: Any, raw: str = "") -> list[dict[str, Any]]:
    result = run("--ndjson", "-", stdin=raw or lines(*records))
    assert result.exit_code in (0, 1)
    return [json.loads(line) for line in result.stdout.splitlines()]


def record(message: Any, **more: Any) -> dict[str, Any]:
    return {"id": "r-1", "kind": "directive", "edition": "any", "message": message, **more}


def test_a_record_is_answered_in_the_form_that_is_promised() -> None:
    good, wrong = answered(record(HELLO), record(WRONG, id=2))
    assert good == {"id": "r-1", "valid": True, "errors": [], "warnings": []}
    said = "expected a string, found the number `5`"
    assert wrong == {
        "id": 2,
        "valid": False,
        "errors": [{"path": "directive.payload.text", "rule": "directive.payload.type", "said": said}],
        "warnings": [],
    }


def test_a_tolerated_form_is_a_warning() -> None:
    header = {"namespace": "Clova", "name": "ProcessDelegatedEvent", "messageId": "m"}
    unknown = {"header": {"namespace": "Clova", "name": "Assistant"}, "payload": {}}
    event = {"context": [unknown], "event": {"header": header, "payload": {"delegationId": "d"}}}
    (answer,) = answered(record(event, kind="event"))
    assert answer["valid"]
    assert {"path": "context[0].header.name", "rule": "context.unknown"}.items() <= answer["warnings"][0].items()


@pytest.mark.parametrize(
    ("line", "rule", "path", "said"),
    [
        ("{", "json", "", "line 2, column 2: "),
        ('{"id": 9, "kind": "event", "message": {"a": NaN}}', "json", "", "NaN is not a JSON number"),
        ('{"id": 9, "message": ', "json", "", "column 22: expecting value, but the text ends here"),
        ("5", "record", "", "line 2"),
        ('{"id": 9}', "record", "", "line 2"),
        ('{"id": 9, "kind": "evnt", "message": {}}', "record", "kind", "evnt"),
        ('{"id": 9, "kind": ["event"], "message": {}}', "record", "kind", "line 2"),
        ('{"id": 9, "kind": "", "message": {}}', "record", "kind", "line 2"),
        ('{"id": 9, "edition": "5", "message": {}}', "record", "edition", "`5`"),
        ('{"id": 9, "edition": {}, "message": {}}', "record", "edition", "line 2"),
        ("[" * 100, "json", "", "64"),
    ],
)
def test_a_line_that_is_no_record_is_answered_too(line: str, rule: str, path: str, said: str) -> None:
    first, second, third = answered(raw=lines(record(HELLO)) + line + "\n" + lines(record(HELLO)))
    assert first["valid"]
    assert third["valid"]
    assert second["valid"] is False
    assert second["id"] == (9 if '"id"' in line else None)
    (error,) = second["errors"]
    assert (error["rule"], error["path"]) == (rule, path)
    assert said in error["said"]


def test_kind_and_edition_stand_in_for_what_a_record_does_not_say() -> None:
    result = run("--ndjson", "--kind", "context", "-", stdin=lines({"id": 1, "message": HELLO}))
    assert json.loads(result.stdout)["errors"][0]["rule"].startswith("context.")


def test_half_a_character_is_no_json() -> None:
    raw = '{"id": "\\ud800 한", "kind": "directive", "message": {}}\n'
    (answer,) = [json.loads(line) for line in run("--ndjson", "-", stdin=raw).stdout.splitlines()]
    assert (answer["valid"], "half a character" in answer["errors"][0]["said"]) == (False, True)


def test_ndjson_ends_with_what_was_found() -> None:
    assert run("--ndjson", "-", stdin=lines(record(HELLO))).exit_code == 0
    assert run("--ndjson", "-", stdin=lines(record(WRONG))).exit_code == 1
    assert run("--ndjson", "-", stdin="\n").exit_code == 5


def test_lines_are_answered_as_they_come_and_not_kept() -> None:
    class Endless(io.RawIOBase):
        """Records without end."""

        given = 0

        def readline(self, size: int | None = -1, /) -> bytes:
            self.given += 1
            return lines(record(TEXT, id=self.given)).encode()

    def peak(answer: Iterator[Any], count: int) -> int:
        tracemalloc.reset_peak()
        for _ in range(count):
            next(answer)
        return tracemalloc.get_traced_memory()[1]

    source = Endless()
    answer = answers(Catalogue.load(), source)  # type: ignore[arg-type]
    assert next(answer)["id"] == source.given == 1
    tracemalloc.start()
    try:
        few = peak(answer, 200)
        assert peak(answer, 2000) < few * 2
    finally:
        tracemalloc.stop()
