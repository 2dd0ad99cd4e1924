"""``mockcloud app`` against a running cloud."""

import json
from typing import Any

import pytest

from tests.commands.conftest import CloudInThread, Run


def done(run: Run, cloud: CloudInThread, *words: str) -> Any:
    """The JSON that it prints."""
    ended = run("app", *words, *cloud.flags())
    assert ended.exit_code == 0, ended.stderr
    return json.loads(ended.stdout) if ended.stdout else None


def test_an_alert_from_being_set_to_being_deleted(run: Run, cloud: CloudInThread) -> None:
    done(run, cloud, "add-device", "speaker", "--name", "거실")
    turn_off = 'DeviceControl.TurnOff={"target": "power"}'
    words = ("set-alert", "ACTIONTIMER", "2026-01-02T07:30:00", "--device", "speaker", "--action", turn_off)
    alert = done(run, cloud, *words, "--repeat", "monday", "--label", "끄기")
    assert alert["action"] == [{"name": "DeviceControl.TurnOff", "payload": {"target": "power"}}]
    assert (alert["repeat"], alert["alert"]["label"]) == (["monday"], "끄기")
    assert done(run, cloud, "alerts") == {"alerts": [alert]}
    token = alert["alert"]["token"]
    for command in ("stop-alert", "delete-alert"):
        assert done(run, cloud, command, token) is None
    assert done(run, cloud, "alerts") == {"alerts": []}


def test_what_else_a_user_does(run: Run, cloud: CloudInThread) -> None:
    assert done(run, cloud, "add-device", "tv", "--model-id", "TV-1")["modelId"] == "TV-1"
    assert done(run, cloud, "delegate", "안녕", "--device", "tv")["delegation_id"]
    assert done(run, cloud, "playback") == {"states": []}
    assert done(run, cloud, "playback", "--ask", "--device", "tv") == {"asked": []}
    assert done(run, cloud, "notify", "택배") == {"unseen": ["택배"]}
    assert done(run, cloud, "notify", "--seen") is None
    assert done(run, cloud, "button", "B1", "안녕") == {"buttons": {"B1": "안녕"}}
    assert done(run, cloud, "login", "--device", "tv") is None
    assert done(run, cloud, "remove-device", "tv") is None


@pytest.mark.parametrize(
    ("words", "exit_code", "said"),
    [
        (("pin", "1234", "--device", "nowhere"), 2, "nowhere"),
        (("delete-alert", "unheard-of"), 2, "unheard-of"),
        (("set-alert", "ACTIONTIMER", "soon", "--device", "x", "--action", "TurnOff"), 2, "Namespace.Name"),
        (("set-alert", "BELL", "soon", "--device", "x"), 2, "BELL"),
    ],
)
def test_what_does_not_exist(run: Run, cloud: CloudInThread, words: tuple[str, ...], exit_code: int, said: str) -> None:
    ended = run("app", *words, *cloud.flags())
    assert ended.exit_code == exit_code
    assert said in ended.stderr
