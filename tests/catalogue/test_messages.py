"""Whole messages: envelope, header, payload and context together; names, editions, spellings."""

import copy
from typing import Any

import pytest

from mockcloud.catalogue import EDITIONS, Catalogue, Edition
from mockcloud.vocabulary import Finding
from mockcloud.wire.messages import contexts_by_name

CATALOGUE = Catalogue.load()


def header(full_name: str, **more: str) -> dict[str, str]:
    namespace, name = full_name.split(".")
    return {"namespace": namespace, "name": name, **more}


def context_object(full_name: str, edition: Edition = "newer") -> dict[str, Any]:
    payload = CATALOGUE.example("context", full_name, edition=edition, full=True)
    return {"header": header(full_name), "payload": payload}


CONTEXT = [
    context_object(name)
    for name in (
        "Alerts.AlertsState",
        "AudioPlayer.PlaybackState",
        "Clova.Location",
        "Clova.SavedPlace",
        "Device.DeviceState",
        "Device.Display",
        "Speaker.VolumeState",
        "SpeechSynthesizer.SpeechState",
    )
]


def event(full_name: str, payload: dict[str, Any] | None = None, **more: str) -> dict[str, Any]:
    made = CATALOGUE.example("event", full_name, full=True) if payload is None else payload
    return {
        "context": copy.deepcopy(CONTEXT),
        "event": {"header": header(full_name, messageId="m-1", **more), "payload": made},
    }


def directive(full_name: str, **more: str) -> dict[str, Any]:
    payload = CATALOGUE.example("directive", full_name)
    return {"directive": {"header": header(full_name, messageId="m-1", **more), "payload": payload}}


def recognize() -> dict[str, Any]:
    return event("SpeechRecognizer.Recognize", dialogRequestId="d-1")


def told(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(finding.severity, finding.code, finding.path) for finding in findings]


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_event_with_its_context_is_flawless(edition: Edition) -> None:
    for name in CATALOGUE.names("event", edition):
        if name in SPELLINGS or name.startswith("DeviceControl.BtRequestToCancel"):
            continue
        payload = CATALOGUE.example("event", name, edition=edition, full=True)
        message = event(name, payload, dialogRequestId="d-1")
        message["context"][4] = context_object("Device.DeviceState", edition)
        assert CATALOGUE.check_event(message, edition) == [], name


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_directive_is_flawless(edition: Edition) -> None:
    for name in CATALOGUE.names("directive", edition):
        payload = CATALOGUE.example("directive", name, edition=edition)
        message = {"directive": {"header": header(name, messageId="m-1"), "payload": payload}}
        assert CATALOGUE.check_directive(message, edition) == [], name


def test_a_flawless_message_is_judged_without_the_explanation(monkeypatch: pytest.MonkeyPatch) -> None:
    def explain(*_: object) -> None:
        raise AssertionError("a flawless message was explained")

    monkeypatch.setattr("mockcloud.catalogue.parts.explain", explain)
    message = recognize()
    assert CATALOGUE.check_event(message) == []
    assert CATALOGUE.check_directive(directive("Clova.Hello")) == []
    assert CATALOGUE.check_context(message["context"][0]) == []
    assert CATALOGUE.check_error({"directive": ERROR}) == []


@pytest.mark.spec("D-037")
@pytest.mark.parametrize(
    ("break_it", "code", "path"),
    [
        (lambda m: m.pop("context"), "event.envelope", "context"),
        (lambda m: m.update(context={}), "event.envelope", "context"),
        (lambda m: m["context"].append(5), "event.envelope", "context[8]"),
        (lambda m: m.pop("event"), "event.envelope", "event"),
        (lambda m: m.update(event=[]), "event.envelope", "event"),
        (lambda m: m["event"].pop("header"), "event.envelope", "event.header"),
        (lambda m: m["event"].pop("payload"), "event.envelope", "event.payload"),
        (lambda m: m["event"].update(payload=None), "event.envelope", "event.payload"),
        (lambda m: m["event"]["header"].pop("messageId"), "event.header.required", "event.header.messageId"),
        (lambda m: m["event"]["header"].update(messageId=""), "event.header.range", "event.header.messageId"),
        (lambda m: m["event"]["header"].update(namespace=7), "event.header.type", "event.header.namespace"),
        (lambda m: m["event"]["header"].update(dialogRequestId=7), "event.header.type", "event.header.dialogRequestId"),
        (lambda m: m["event"]["header"].update(name="Recogniser"), "event.unknown", "event.header.name"),
        (lambda m: m["event"]["payload"].update(lang="kor"), "event.payload.enum", "event.payload.lang"),
        (lambda m: m["context"][3].pop("payload"), "context.envelope", "context[3].payload"),
        (lambda m: m["context"][5].pop("header"), "context.envelope", "context[5].header"),
        (lambda m: m["context"][6]["header"].pop("name"), "context.header.required", "context[6].header.name"),
        (lambda m: m["context"][6]["payload"].update(muted=0), "context.payload.type", "context[6].payload.muted"),
        (lambda m: m["context"][5]["payload"].update(size="xl"), "context.payload.enum", "context[5].payload.size"),
    ],
)
def test_one_mistake_in_an_event_is_one_violation_at_its_place(break_it: Any, code: str, path: str) -> None:
    message = recognize()
    break_it(message)
    assert told(CATALOGUE.check_event(message)) == [("violation", code, path)]


@pytest.mark.parametrize(
    "message", [None, 5, "x", [], {}, {"event": None}, {"events": {}}, {"context": [], "event": {}}]
)
def test_what_is_no_event_at_all_is_said_and_nothing_raised(message: Any) -> None:
    assert {finding.code for finding in CATALOGUE.check_event(message)} == {"event.envelope"}
    assert {finding.code for finding in CATALOGUE.check_directive(message)} == {"directive.envelope"}
    assert CATALOGUE.check_error(message)
    assert {finding.code for finding in CATALOGUE.check_context(message)} == {"context.envelope"}


def test_mistakes_come_in_the_order_in_which_they_stand() -> None:
    message = recognize()
    payload = message["event"]["payload"]
    payload["lang"], payload["profile"], payload["explicit"] = "x", "CLOSE_TALKS", "yes"
    paths = [finding.path.rpartition(".")[2] for finding in CATALOGUE.check_event(message)]
    assert paths == [key for key in payload if key in ("lang", "profile", "explicit")]


def test_what_is_wrong_in_the_context_comes_first_if_it_stands_first() -> None:
    message = recognize()
    message["context"][6]["payload"]["muted"] = message["context"][2]["payload"]["latitude"] = 5
    message["event"]["payload"]["lang"] = "x"
    del message["event"]["header"]["messageId"]
    assert [finding.path for finding in CATALOGUE.check_event(message)] == [
        "context[2].payload.latitude",
        "context[6].payload.muted",
        "event.header.messageId",
        "event.payload.lang",
    ]


def test_a_finding_is_one_line_whatever_was_sent() -> None:
    message = recognize()
    message["event"]["payload"]["profile"] = "a\nb\ud800" + "c" * 100
    (finding,) = CATALOGUE.check_event(message)
    assert finding.said.encode().decode().count("\n") == 0
    assert len(finding.said) < 120


def test_a_finding_says_what_was_found_what_is_known_and_what_was_probably_meant() -> None:
    message = recognize()
    message["event"]["payload"]["profile"] = "CLOSE_TALKS"
    (finding,) = CATALOGUE.check_event(message)
    assert finding.said == "`CLOSE_TALKS` is not one of `CLOSE_TALK`; did you mean `CLOSE_TALK`?"
    assert finding.because == ("D-068",)
    assert finding.source == "cic/interfaces/speech-recognizer.md § Recognize event"


@pytest.mark.spec("D-047")
@pytest.mark.parametrize("name", ["SpeechRecognizer.Recognize", "TextRecognizer.Recognize"])
def test_recognize_needs_a_dialog_request_id(name: str) -> None:
    (finding,) = CATALOGUE.check_event(event(name))
    assert (finding.code, finding.path, finding.because) == (
        "event.header.required",
        "event.header.dialogRequestId",
        ("D-047",),
    )


@pytest.mark.spec("D-038", "C-047")
def test_unknown_names_are_violations_with_the_nearest_name() -> None:
    (finding,) = CATALOGUE.check_event(event("SpeechRecognizer.Regcognize", {}))
    assert finding.code == "event.unknown"
    assert finding.said.endswith("did you mean `SpeechRecognizer.Recognize`?")
    assert CATALOGUE.nearest("directive", "Clova.hello") == "Clova.Hello"
    assert CATALOGUE.nearest("directive", "Settings.Reboot") is None
    assert told(CATALOGUE.check_payload("directive", "Clova.Helo", {})) == [("violation", "directive.unknown", "")]


def test_a_name_cannot_lead_out_of_the_folder() -> None:
    assert not CATALOGUE.knows("event", "../directive/Clova/Hello")
    assert not CATALOGUE.knows("event", "Clova/ProcessDelegatedEvent")


@pytest.mark.parametrize("name", ["BtDelete", "BtPlay", "BtRescan", "RenderDeviceList"])
def test_directives_of_the_newer_edition_alone(name: str) -> None:
    assert CATALOGUE.knows("directive", f"DeviceControl.{name}", "newer")
    (finding,) = CATALOGUE.check_directive(directive(f"DeviceControl.{name}"), "4.4")
    assert finding.code == "directive.unknown"
    assert "belongs to the edition newer" in finding.said


def test_request_device_list_is_of_the_newer_edition_alone() -> None:
    assert CATALOGUE.check_event(event("DeviceControl.RequestDeviceList")) == []
    assert not CATALOGUE.knows("event", "DeviceControl.RequestDeviceList", "4.4")


SPELLINGS = {"TemplateRuntime.RequestPlayerInfoIssued": "TemplateRuntime.RequestPlayerInfo"}


@pytest.mark.spec("C-157", "C-170")
@pytest.mark.parametrize(
    ("name", "edition"),
    [
        ("TemplateRuntime.RequestPlayerInfoIssued", "newer"),
        ("TemplateRuntime.RequestPlayerInfoIssued", "4.4"),
        ("DeviceControl.BtRequestToCancelPinCodeInput", "newer"),
        ("DeviceControl.BtRequestToCancelPINCodeInput", "4.4"),
    ],
)
def test_other_spellings_of_an_event_are_tolerated(name: str, edition: Edition) -> None:
    message = event(name)
    message["context"] = []
    assert told(CATALOGUE.check_event(message, edition)) == [("warning", "event.spelling", "event.header.name")]


@pytest.mark.parametrize(
    ("other", "index"), [("AudioPlayer.PlayerState", 1), ("Alert.AlertsState", 0)], ids=["PlayerState", "Alert"]
)
def test_other_spellings_of_context_objects_are_tolerated_and_their_payload_judged(other: str, index: int) -> None:
    message = recognize()
    message["context"][index]["header"] = header(other)
    place = f"context[{index}].header.name"
    assert told(CATALOGUE.check_event(message)) == [("warning", "context.spelling", place)]
    message["context"][index]["payload"] = {}
    codes = {finding.code for finding in CATALOGUE.check_event(message)}
    assert codes == {"context.spelling", "context.payload.required"}


def test_an_unknown_context_object_is_a_warning_in_an_event_and_a_violation_alone() -> None:
    unknown = {"header": header("Clova.Assistant"), "payload": {}}
    message = recognize()
    message["context"].append(unknown)
    assert told(CATALOGUE.check_event(message)) == [("warning", "context.unknown", "context[8].header.name")]
    assert told(CATALOGUE.check_context(unknown)) == [("violation", "context.unknown", "header.name")]


@pytest.mark.spec("C-070")
@pytest.mark.parametrize("field", ["namespace", "name", "messageId"])
def test_a_directive_needs_its_header(field: str) -> None:
    message = directive("Clova.RenderText")
    del message["directive"]["header"][field]
    assert told(CATALOGUE.check_directive(message)) == [
        ("violation", "directive.header.required", f"directive.header.{field}")
    ]


@pytest.mark.spec("C-070")
def test_a_directive_has_a_payload() -> None:
    message = directive("Clova.Hello")
    del message["directive"]["payload"]
    assert told(CATALOGUE.check_directive(message)) == [("violation", "directive.envelope", "directive.payload")]


@pytest.mark.spec("C-072")
@pytest.mark.parametrize("name", ["Clova.Hello", "DeviceControl.SynchronizeState"])
def test_some_directives_never_have_a_dialog_request_id(name: str) -> None:
    (finding,) = CATALOGUE.check_directive(directive(name, dialogRequestId="d-1"))
    assert (finding.code, finding.path) == ("directive.header.condition", "directive.header.dialogRequestId")
    assert finding.because == ("C-072",)


ERROR = {
    "header": {"namespace": "System", "name": "Exception", "messageId": "m-1"},
    "payload": {"code": 401, "description": "Unauthorized"},
}


@pytest.mark.spec("C-059", "C-060")
def test_the_error_message_of_each_edition() -> None:
    assert CATALOGUE.check_error({"directive": ERROR}, "newer") == []
    assert CATALOGUE.check_error(ERROR, "4.4") == []
    assert told(CATALOGUE.check_error(ERROR, "newer")) == [("violation", "error.envelope", "directive")]
    assert [finding.path for finding in CATALOGUE.check_error({"directive": ERROR}, "4.4")] == ["header", "payload"]


@pytest.mark.spec("C-062", "C-063")
@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"payload": {"code": "401", "description": "x"}}, "error.payload.type", "payload.code"),
        ({"payload": {"code": 401}}, "error.payload.required", "payload.description"),
        ({"payload": {"code": 99, "description": "x"}}, "error.payload.range", "payload.code"),
        ({"payload": {"code": 600, "description": "x"}}, "error.payload.range", "payload.code"),
        ({"header": {**ERROR["header"], "name": "Error"}}, "error.header.enum", "header.name"),
        ({"header": {**ERROR["header"], "dialogRequestId": "d"}}, "error.header.condition", "header.dialogRequestId"),
    ],
)
def test_mistakes_in_an_error_message(change: dict[str, Any], code: str, path: str) -> None:
    assert told(CATALOGUE.check_error(ERROR | change, "4.4")) == [("violation", code, path)]


@pytest.mark.spec("D-041", "C-188")
def test_what_the_context_lacks() -> None:
    assert CATALOGUE.missing_context(contexts_by_name(CONTEXT)) == ()
    lacking = CATALOGUE.missing_context([])
    assert [(finding.severity, finding.said.count(",")) for finding in lacking] == [("violation", 3), ("warning", 3)]
    renamed = [{"header": header("AudioPlayer.PlayerState"), "payload": {}}, 5, {}]
    assert not any("PlaybackState" in finding.said for finding in CATALOGUE.missing_context(contexts_by_name(renamed)))
