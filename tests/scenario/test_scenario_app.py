"""``app``: what the companion app does in a scenario, and ``given.alerts``: what it has done before."""

from typing import Any

import msgspec
import pytest

from mockcloud.replay import Report, replay
from mockcloud.replay.app import operation
from mockcloud.scenario import Scenario
from mockcloud.scenario.app import ACTIONS
from mockcloud.scenario.load import load_scenario
from mockcloud.server.control import bodies
from mockcloud.settings import Settings
from tests.cic.conversation import catalogue
from tests.scenario.test_scenario_loading import loaded, problems

BODIES: dict[str, type[msgspec.Struct]] = {
    "set_alert": bodies.NewAlert,
    "playback": bodies.WhichDevice,
    "player_info": bodies.OneDevice,
    "delegate": bodies.DelegatedRequest,
    "pin": bodies.Pin,
    "notify": bodies.Notification,
    "add_device": bodies.RegisteredDevice,
    "login": bodies.OneDevice,
    "button": bodies.ButtonWords,
    "set_link": bodies.LinkedTokens,
    "terms": bodies.NewTerms,
}
IN_THE_PATH = {
    "add_device": {"device"},
    "button": {"button"},
    "delete_alert": {"token"},
    "remove_device": {"device"},
    "set_link": {"extension"},
    "spoil_link": {"extension", "how"},
    "stop_alert": {"token"},
    "unlink_account": {"extension"},
}
"""The members that stand in the path of the call."""
CALLS = sorted(ACTIONS.keys() - {"link_account"})
"""What one call of the control API does; a login takes several, and a browser."""
EXAMPLES: dict[str, dict[str, Any]] = {
    "set_alert": {
        "type": "ACTIONTIMER",
        "scheduled_time": "2026-01-01T10:00:00",
        "repeat": ["monday"],
        "action": [{"namespace": "DeviceControl", "name": "TurnOff", "payload": {"target": "wifi"}}],
    },
    "delete_alert": {"token": "a"},
    "stop_alert": {"token": "a"},
    "delegate": {"text": "안녕"},
    "pin": {"pin": "0000"},
    "notify": {"text": "x", "sounds": ["https://media.mockcloud.invalid/a.mp3"]},
    "button": {"button": "b", "text": "안녕"},
    "set_link": {"extension": "a.b", "access_token": "t", "expires_in": 60},
    "spoil_link": {"extension": "a.b", "how": "expire"},
    "unlink_account": {"extension": "a.b"},
    "terms": {"accepted": False},
}
TURN_OF = "{namespace: DeviceControl, name: TurnOf}"


def run(text: str) -> Report:
    scenario = load_scenario("mockcloud: 1\ntitle: t\n" + text, file="t.yaml", catalogue=catalogue())
    return replay(scenario, catalogue=catalogue(), settings=Settings())


@pytest.mark.parametrize("name", CALLS)
def test_an_action_has_the_members_of_the_call_that_does_the_same(name: str) -> None:
    body = BODIES.get(name)
    in_body = {field.name for field in msgspec.structs.fields(body)} - {"account"} if body is not None else set()
    assert set(ACTIONS[name].members) == in_body | IN_THE_PATH.get(name, set())


@pytest.mark.parametrize("name", BODIES)
def test_what_loads_is_a_body_of_the_call_that_does_the_same(name: str) -> None:
    members = {"device": "speaker", **EXAMPLES.get(name, {})}
    known = {field.name for field in msgspec.structs.fields(BODIES[name])}
    msgspec.convert({key: value for key, value in members.items() if key in known}, BODIES[name])
    for enum in ("type", "light"):
        if enum in ACTIONS[name].members:
            shape = msgspec.json.schema(BODIES[name])["$defs"][BODIES[name].__name__]["properties"][enum]
            assert sorted(shape["enum"]) == sorted(ACTIONS[name].members[enum]["enum"])


@pytest.mark.parametrize("name", CALLS)
def test_an_action_becomes_an_operation(name: str) -> None:
    asked = operation("default", "kitchen", name, EXAMPLES.get(name, {}))
    assert asked.account == "default"
    of_one_device = "device" in ACTIONS[name].members and name not in ("playback", "notify")
    assert getattr(asked, "device", None) == ("kitchen" if of_one_device else None)


def test_the_device_of_the_members_goes_before_that_of_the_step() -> None:
    asked: Any = operation("default", "kitchen", "set_alert", {"device": "tv", **EXAMPLES["set_alert"]})
    assert (asked.device, asked.repeat, asked.action) == (
        "tv",
        ("monday",),
        (("DeviceControl.TurnOff", {"target": "wifi"}),),
    )


@pytest.mark.spec("C-103", "C-112")
def test_the_app_adds_changes_and_deletes_an_alert() -> None:
    report = run(
        "steps:\n"
        "  - app: {set_alert: {type: TIMER, token: tea, scheduled_time: \"${now + '5m'}\"}}\n"
        "    expect: {event: Alerts.SetAlertSucceeded, payload: {token: tea}}\n"
        "  - app: {set_alert: {type: TIMER, token: tea, scheduled_time: \"${now + '1m'}\"}}\n"
        "    expect: {event: Alerts.SetAlertSucceeded, payload: {token: tea}}\n"
        "  - app: {delete_alert: {token: tea}}\n"
        "    expect: {event: Alerts.DeleteAlertSucceeded}\n"
        "  - {advance: 10m, expect: {never: {event: Alerts.AlertStarted}, within: 5s}}\n"
    )
    assert report.passed, report.failures


def test_what_the_app_cannot_do_fails_the_step_and_says_why() -> None:
    (failure,) = run("steps: [{app: {stop_alert: {token: none}}}]").failures
    assert str(failure) == "t.yaml:3: speaker: app stop_alert: the account has no alert 'none'; there are: none"


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("steps: [{app: {set_alrt: {}}}]", "set_alrt", "set_alert"),
        ("steps: [{app: {}}]", "1", ""),
        ("steps: [{app: {delete_alert: {token: a}, stop_alert: {token: a}}}]", "1", ""),
        ("steps: [{app: {delete_alert: {}}}]", "token", ""),
        ("steps: [{app: {delete_alert: {token: a, device: speaker}}}]", "device", ""),
        ("steps: [{app: {pin: {pin: 1234}}}]", "1234", ""),
        ("steps: [{app: {login: {device: tv}}}]", "there is no device 'tv'", "speaker"),
        ("steps: [{app: {set_alert: {type: ALARM, scheduled_time: noon}}}]", "'noon' is not a date", ""),
        ("steps: [{app: {set_alert: {type: TIMR, scheduled_time: x}}}]", "TIMR", "TIMER"),
        (
            "steps: [{app: {set_alert: {type: ALARM, scheduled_time: '2026-01-01T09:00:00', action: []}}}]",
            "ACTIONTIMER",
            "",
        ),
        (
            "steps: [{app: {set_alert: {type: ACTIONTIMER, scheduled_time: '2026-01-01', action: [" + TURN_OF + "]}}}]",
            "DeviceControl.TurnOf",
            "TurnOff",
        ),
        ("steps: [{app: {delegate: {text: '${x}'}}}]", "`x` means nothing", ""),
        ("steps: [{app: {login: {}}, say: x}]", "a step does one thing", "parallel"),
        ("steps: [{terms: yes}]", "yes", "accept"),
        ("given: {alerts: [{type: ALARM}]}", "scheduled_time", ""),
        ("given: {alerts: [{type: ALARM, scheduled_time: soon}]}", "'soon' is not a date", ""),
        (
            "given: {devices: {tv: {}}, alerts: [{type: ALARM, scheduled_time: '2026-01-01', device: tvv}]}",
            "no device 'tvv'",
            "did you mean tv?",
        ),
        ("given: {alerts: [{type: ALARM, scheduled_time: '${words}'}]}", "`words` means nothing", ""),
    ],
)
def test_mistakes_are_said_with_their_line_and_a_cure(text: str, said: str, hint: str) -> None:
    found = problems(text)
    assert len(found) == 1, [str(problem) for problem in found]
    assert found[0].line == 3
    assert said in str(found[0])
    assert hint in found[0].hint + found[0].said


@pytest.mark.spec("C-166")
def test_alerts_that_are_given_are_on_the_device_when_it_has_connected() -> None:
    report = run(
        "given:\n  clock: '2026-01-01T09:00:00+09:00'\n  devices: {kitchen: {}, bedroom: {}}\n  alerts:\n"
        "    - {type: TIMER, token: tea, scheduled_time: \"${now + '3m'}\"}\n"
        "    - {type: ALARM, token: wake-up, device: bedroom, scheduled_time: '2026-01-01T09:10:00'}\n"
        "steps:\n"
        "  - {advance: 4m, expect: {event: Alerts.AlertStarted, device: kitchen, payload: {token: tea}}}\n"
        "  - {advance: 7m, expect: {event: Alerts.AlertStarted, device: bedroom, payload: {token: wake-up}}}\n"
    )
    assert report.passed, report.failures


def test_a_scenario_says_what_its_app_does() -> None:
    scenario: Scenario = loaded("steps: [{app: {delegate: {text: 안녕}}}, {terms: accept}]")
    assert [str(step) for step in scenario.steps] == ["app delegate", "terms accept"]
