"""Clova Home messages as a whole: header, name, payload; and what a discovery tells of its devices."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mockcloud.catalogue import EDITIONS, Catalogue, Edition
from mockcloud.catalogue.documents import load
from mockcloud.vocabulary import Finding

CATALOGUE = Catalogue.load()
TABLES = load(Path(__file__).with_name("appliances.yaml").read_text(encoding="utf-8"), file="appliances.yaml").value
Check = Callable[[Any, Edition], list[Finding]]
CHECKS: dict[Any, Check] = {
    "home-request": CATALOGUE.check_home_request,
    "home-response": CATALOGUE.check_home_response,
}


def message(name: str, payload: Any, **header: Any) -> dict[str, Any]:
    return {
        "header": {"messageId": "m-1", "name": name, "namespace": "ClovaHome", "payloadVersion": "1.0"} | header,
        "payload": payload,
    }


def turn_on() -> dict[str, Any]:
    return message("TurnOnRequest", {"accessToken": "token", "appliance": {"applianceId": "light-01"}})


def brightness() -> dict[str, Any]:
    return message("SetBrightnessConfirmation", {"brightness": {"value": 80}})


def told(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(finding.severity, finding.code, finding.path) for finding in findings]


def discovered(**fields: Any) -> list[tuple[str, str, str]]:
    """What is said of a discovery that finds one device, complete but for the fields given (`None` leaves one out)."""
    appliance = CATALOGUE.example("home-response", "ClovaHome.DiscoverAppliancesResponse")["discoveredAppliances"][0]
    changed = {key: value for key, value in (appliance | fields).items() if value is not None}
    answer = message("DiscoverAppliancesResponse", {"discoveredAppliances": [changed], "customCommands": []})
    return told(CATALOGUE.check_home_response(answer))


@pytest.mark.spec("H-009")
@pytest.mark.parametrize("edition", EDITIONS)
def test_there_are_as_many_messages_as_the_tables_have(edition: Edition) -> None:
    assert len(CATALOGUE.names("home-request", edition)) == 1 + 63
    assert len(CATALOGUE.names("home-response", edition)) == 1 + 63 + 11 + 1  # and one other spelling


@pytest.mark.spec("H-004", "H-005", "H-006")
@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("kind", CHECKS)
def test_every_example_in_its_envelope_is_flawless(kind: Any, edition: Edition) -> None:
    for full_name in set(CATALOGUE.names(kind, edition)) - {"ClovaHome.NotSupportedException"}:
        payload = CATALOGUE.example(kind, full_name, edition=edition, full=True)
        whole = message(full_name.removeprefix("ClovaHome."), payload)
        assert CHECKS[kind](whole, edition) == [], full_name


def test_a_flawless_message_is_judged_without_the_explanation(monkeypatch: pytest.MonkeyPatch) -> None:
    def explain(*_: object) -> None:
        raise AssertionError("a flawless message was explained")

    monkeypatch.setattr("mockcloud.catalogue.parts.explain", explain)
    assert CATALOGUE.check_home_request(turn_on()) == []
    assert CATALOGUE.check_home_response(brightness()) == []


MISTAKES: list[tuple[Callable[[dict[str, Any]], Any], str, str]] = [
    (lambda m: m.pop("header"), "envelope", "header"),
    (lambda m: m.update(header=[]), "envelope", "header"),
    (lambda m: m.pop("payload"), "envelope", "payload"),
    (lambda m: m.update(payload=None), "envelope", "payload"),
    (lambda m: m.update(payload="{}"), "envelope", "payload"),
    (lambda m: m["header"].pop("messageId"), "header.required", "header.messageId"),
    (lambda m: m["header"].update(messageId=""), "header.range", "header.messageId"),
    (lambda m: m["header"].update(messageId=7), "header.type", "header.messageId"),
    (lambda m: m["header"].pop("name"), "header.required", "header.name"),
    (lambda m: m["header"].update(name=""), "header.range", "header.name"),
    (lambda m: m["header"].update(name=None), "header.type", "header.name"),
    (lambda m: m["header"].update(name="TurnOn"), "unknown", "header.name"),
    (lambda m: m["header"].pop("namespace"), "header.required", "header.namespace"),
    (lambda m: m["header"].update(namespace="Clova"), "header.enum", "header.namespace"),
    (lambda m: m["header"].update(namespace=5), "header.type", "header.namespace"),
    (lambda m: m["header"].pop("payloadVersion"), "header.required", "header.payloadVersion"),
    (lambda m: m["header"].update(payloadVersion=1.0), "header.type", "header.payloadVersion"),
]


@pytest.mark.spec("H-004", "H-005", "E-003", "E-004", "E-005", "E-007")
@pytest.mark.parametrize("kind", CHECKS)
@pytest.mark.parametrize(("break_it", "code", "path"), MISTAKES)
def test_one_mistake_around_the_payload_is_one_violation_at_its_place(
    kind: Any, break_it: Callable[[dict[str, Any]], Any], code: str, path: str
) -> None:
    broken = turn_on() if kind == "home-request" else brightness()
    break_it(broken)
    assert told(CHECKS[kind](broken, "newer")) == [("violation", f"{kind}.{code}", path)]


@pytest.mark.parametrize("body", [None, [], "text", 5])
def test_what_is_no_object_is_no_message(body: Any) -> None:
    assert told(CATALOGUE.check_home_request(body)) == [("violation", "home-request.envelope", "")]
    assert told(CATALOGUE.check_home_response(body)) == [("violation", "home-response.envelope", "")]


@pytest.mark.spec("H-050", "E-009")
def test_mistakes_in_the_payload() -> None:
    request, answer = turn_on(), brightness()
    del request["payload"]["appliance"]
    answer["payload"]["brightness"]["value"] = 101
    assert told(CATALOGUE.check_home_request(request)) == [
        ("violation", "home-request.payload.required", "payload.appliance")
    ]
    assert told(CATALOGUE.check_home_response(answer)) == [
        ("violation", "home-response.payload.range", "payload.brightness.value")
    ]


def test_a_missing_namespace_hides_no_mistake_of_the_payload() -> None:
    answer = brightness()
    del answer["header"]["namespace"]
    answer["payload"]["brightness"] = 80
    assert told(CATALOGUE.check_home_response(answer)) == [
        ("violation", "home-response.header.required", "header.namespace"),
        ("violation", "home-response.payload.type", "payload.brightness"),
    ]


@pytest.mark.spec("H-006", "E-006")
def test_another_version_is_only_a_warning() -> None:
    answer = message("TurnOnConfirmation", {}, payloadVersion="2.0")
    assert told(CATALOGUE.check_home_response(answer)) == [
        ("warning", "home-response.header.version", "header.payloadVersion")
    ]


def test_an_answer_is_no_request_and_the_other_way_round() -> None:
    (finding,) = CATALOGUE.check_home_request(message("TurnOnConfirmation", {}))
    assert (finding.code, finding.path) == ("home-request.unknown", "header.name")
    (finding,) = CATALOGUE.check_home_response(turn_on())
    assert (finding.code, finding.path) == ("home-response.unknown", "header.name")


def test_the_heading_of_an_error_is_another_spelling_of_its_name() -> None:
    answer = message("NotSupportedException", {})
    (finding,) = CATALOGUE.check_home_response(answer)
    assert (finding.severity, finding.code) == ("warning", "home-response.spelling")
    assert "NotSupportedInCurrentModeError" in finding.said


def test_a_request_tells_what_answers_it() -> None:
    for full_name in CATALOGUE.names("home-request"):
        schema = CATALOGUE.schema("home-request", full_name)
        assert schema is not None
        (answer,) = schema["x-answers"]
        stem = full_name.removesuffix("Request")
        assert answer in (f"{stem}Confirmation", f"{stem}Response")
        assert CATALOGUE.knows("home-response", answer)


# What a discovery tells of its devices


@pytest.mark.spec("H-042", "E-025", "E-027")
@pytest.mark.parametrize("appliance_type", TABLES["actions"])
def test_a_type_may_list_the_actions_of_its_row_and_no_other(appliance_type: str) -> None:
    row = list(TABLES["actions"][appliance_type])
    foreign = "Charge" if "Charge" not in row else "Open"
    assert CATALOGUE.shared("home/PermittedActions")["$defs"][appliance_type]["enum"] == row
    assert discovered(applianceTypes=[appliance_type], actions=row) == []
    assert discovered(applianceTypes=[appliance_type], actions=[*row, foreign]) == [
        ("warning", "home-response.payload.actions", "payload.discoveredAppliances[0].actions")
    ]


@pytest.mark.spec("E-025", "E-026")
def test_types_and_actions_are_those_of_the_tables() -> None:
    assert CATALOGUE.shared("home/ApplianceType")["enum"] == list(TABLES["actions"])
    every = {action for actions in TABLES["actions"].values() for action in actions}
    assert set(CATALOGUE.shared("home/ActionName")["enum"]) == every | {"GetCurrtentSittingState"}
    requests = {name[len("ClovaHome.") : -len("Request")] for name in CATALOGUE.names("home-request")}
    assert requests == every | {"DiscoverAppliances"}


@pytest.mark.spec("H-029", "H-030", "E-030")
def test_places_are_those_of_the_table() -> None:
    schema = CATALOGUE.shared("home/Location")
    assert schema["x-labels"] == TABLES["locations"]
    for code in ["", *TABLES["locations"]]:
        assert discovered(location=code) == []
    assert discovered(location="GARAGE") == [
        ("warning", "home-response.payload.location", "payload.discoveredAppliances[0].location")
    ]


@pytest.mark.spec("H-052")
def test_modes_are_those_of_the_table() -> None:
    schema = CATALOGUE.shared("home/OperationMode")
    rows = {name: row["enum"] for name, row in schema["$defs"].items()}
    assert {name: sorted(row) for name, row in rows.items()} == {
        name: sorted(row) for name, row in TABLES["modes"].items()
    }
    assert set(schema["enum"]) == {mode for row in rows.values() for mode in row} | {"heat"}
    with_modes = {name for name, actions in TABLES["actions"].items() if "SetMode" in actions}
    assert set(rows) == with_modes


@pytest.mark.spec("E-026", "E-029")
@pytest.mark.parametrize(
    "field",
    [
        "actions",
        "friendlyName",
        "friendlyDescription",
        "isReachable",
        "manufacturerName",
        "modelName",
        "version",
        "location",
        "tags",
    ],
)
def test_a_device_should_tell_everything_about_itself(field: str) -> None:
    assert discovered(**{field: None}) == [
        ("warning", "home-response.payload.missing", f"payload.discoveredAppliances[0].{field}")
    ]
    assert discovered(additionalApplianceDetails=None) == []


@pytest.mark.spec("E-025")
def test_two_types_are_a_warning_and_their_actions_count_together() -> None:
    assert discovered(applianceTypes=["LIGHT", "FAN"], actions=["SetColor", "SetMode"]) == [
        ("warning", "home-response.payload.one-type", "payload.discoveredAppliances[0].applianceTypes")
    ]


@pytest.mark.spec("E-026")
def test_a_misprinted_action_is_taken_for_what_it_means() -> None:
    found = discovered(applianceTypes=["SMARTCHAIR"], actions=["HealthCheck", "GetCurrtentSittingState"])
    assert ("warning", "home-response.payload.spelling", "payload.discoveredAppliances[0].actions[1]") in found
    assert {severity for severity, _, _ in found} == {"warning"}


def found(devices: list[dict[str, Any]], *actions: dict[str, str]) -> list[tuple[str, str, str]]:
    """What is said of a discovery of these devices, with a custom command of these actions."""
    appliance = CATALOGUE.example("home-response", "ClovaHome.DiscoverAppliancesResponse")["discoveredAppliances"][0]
    lamp = appliance | {"applianceTypes": ["LIGHT"], "actions": ["TurnOn", "TurnOff"]}
    command = {"name": "좋은아침", "actions": list(actions)}
    payload = {"discoveredAppliances": [lamp | device for device in devices], "customCommands": [command]}
    return told(CATALOGUE.check_home_response(message("DiscoverAppliancesResponse", payload)))


@pytest.mark.spec("E-031")
def test_two_devices_have_two_ids() -> None:
    lamps = [{"applianceId": name} for name in ("lamp-1", "lamp-2", "lamp-1")]
    assert found(lamps[:2]) == []
    assert found(lamps) == [
        (
            "violation",
            "home-response.payload.appliance-repeated",
            "payload.discoveredAppliances[2].applianceId",
        )
    ]
    # Another mistake of the message hides none of these.
    assert [path for _, _, path in found([*lamps, {"applianceId": 5}])] == [
        "payload.discoveredAppliances[2].applianceId",
        "payload.discoveredAppliances[3].applianceId",
    ]


@pytest.mark.spec("E-033")
def test_a_command_is_for_what_was_found() -> None:
    lamp = [{"applianceId": "lamp"}]
    assert found(lamp, {"applianceId": "lamp", "action": "TurnOn"}) == []
    at = "payload.customCommands[0].actions[1]"
    for wrong, field in (
        ({"applianceId": "fan", "action": "TurnOn"}, "applianceId"),
        ({"applianceId": "lamp", "action": "Open"}, "action"),
    ):
        assert found(lamp, {"applianceId": "lamp", "action": "TurnOff"}, wrong) == [
            ("warning", "home-response.payload.command", f"{at}.{field}")
        ]
    assert found([{"applianceId": "lamp", "actions": None}], {"applianceId": "lamp", "action": "Open"}) == [
        ("violation", "home-response.payload.type", "payload.discoveredAppliances[0].actions")
    ]


@pytest.mark.spec("E-069")
def test_the_limits_of_a_range_are_the_right_way_round() -> None:
    for low, high, wrong in ((18, 28, 0), (18, 18, 0), (28.5, 18, 1)):
        answer = message("ValueOutOfRangeError", {"minimumValue": low, "maximumValue": high})
        assert (
            told(CATALOGUE.check_home_response(answer))
            == [("violation", "home-response.payload.limits", "payload.minimumValue")] * wrong
        )


def test_examples_of_a_discovery_name_devices_that_are_there() -> None:
    for seed in range(12):
        payload = CATALOGUE.example("home-response", "ClovaHome.DiscoverAppliancesResponse", seed=seed, full=True)
        there = {device["applianceId"]: device["actions"] for device in payload["discoveredAppliances"]}
        assert len(there) == len(payload["discoveredAppliances"])
        for command in payload["customCommands"]:
            assert all(one["action"] in there[one["applianceId"]] for one in command["actions"])


@pytest.mark.parametrize(
    ("action", "field"),
    [
        ("Brightness", "brightness"),
        ("Channel", "channel"),
        ("FanSpeed", "fanSpeed"),
        ("IntensityLevel", "intensityLevel"),
        ("TargetTemperature", "targetTemperature"),
        ("Volume", "targetVolume"),
    ],
)
def test_examples_of_a_step_go_the_right_way(action: str, field: str) -> None:
    up = CATALOGUE.example("home-response", f"ClovaHome.Increment{action}Confirmation", full=True)
    down = CATALOGUE.example("home-response", f"ClovaHome.Decrement{action}Confirmation", full=True)
    assert up[field]["value"] > up["previousState"][field]["value"]
    assert down[field]["value"] < down["previousState"][field]["value"]


def test_checking_changes_nothing() -> None:
    request = turn_on()
    request["payload"]["appliance"]["applianceId"] = 5
    before = copy.deepcopy(request)
    CATALOGUE.check_home_request(request)
    assert request == before
