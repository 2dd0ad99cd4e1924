"""``say``, ``push`` and ``journal`` against a running cloud."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from mockcloud.catalogue import Catalogue
from mockcloud.cic.operations import IssueToken, LoadScenario
from mockcloud.commands.control_client import ControlClient, Refused, local_control_url
from mockcloud.commands.push import message
from mockcloud.errors import CannotStart, MockcloudError
from mockcloud.server.certificates import CertificateAuthority
from mockcloud.settings import Settings
from mockcloud.speech import pcm
from tests.commands.conftest import CloudInThread, Run

SHORT = "mockcloud: 1\ntitle: Short\nrules:\n  - when: {says: 짧게}\n    then: [{speak: 네}]\n"


def say(run: Run, cloud: CloudInThread, *words: str) -> Any:
    return run("say", *words, *cloud.flags(), "--ca-file", str(cloud.authority.ca_file))


def test_say_speaks_and_tells_what_was_answered(run: Run, cloud: CloudInThread) -> None:
    cloud.ask(LoadScenario("default", SHORT))
    done = say(run, cloud, "짧게", "--json")
    assert done.exit_code == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["status"] == 200
    assert [(one["name"], one["spoken"]) for one in answer["directives"]] == [("SpeechSynthesizer.Speak", "네")]
    entries = run("journal", "--name", "SpeechRecognizer.Recognize", "--json", *cloud.flags()).stdout
    assert [json.loads(line)["words"] for line in entries.splitlines()] == ["짧게"]


def test_say_can_type_and_play_a_recording(run: Run, cloud: CloudInThread, own_place: Path) -> None:
    done = say(run, cloud, "--typed", "아무 말")
    assert (done.exit_code, done.stdout) == (0, "204, no directives\n")
    (own_place / "a.wav").write_bytes(pcm.to_wav(pcm.spoken("아무 말") + pcm.silence(700)))
    done = say(run, cloud, "--audio", "a.wav")
    assert (done.exit_code, done.stdout) == (0, "204, no directives\n")


def test_recordings_that_are_none(run: Run, cloud: CloudInThread, own_place: Path) -> None:
    (own_place / "a.wav").write_bytes(b"RIFF")
    for name in ("a.wav", "none.wav"):
        done = say(run, cloud, "--audio", name)
        assert done.exit_code == 2
        assert done.stderr.startswith(f"{name}: ")


def test_who_is_not_trusted_is_not_reached(run: Run, cloud: CloudInThread, tmp_path: Path) -> None:
    other = CertificateAuthority.kept(tmp_path / "other")
    done = run("say", "안녕", *cloud.flags(), "--ca-file", str(other.ca_file))
    assert done.exit_code == 3
    assert "ertificate" in done.stderr


@pytest.mark.parametrize("words", [["say", "안녕"], ["push", "Clova.Hello"], ["journal"]])
def test_no_server(run: Run, words: list[str]) -> None:
    done = run(*words, "--control-url", "http://127.0.0.1:9")
    assert done.exit_code == 3
    assert "http://127.0.0.1:9" in done.stderr
    assert "mockcloud serve" in done.stderr


def test_no_such_account(run: Run, cloud: CloudInThread) -> None:
    done = run("journal", *cloud.flags(), "--account", "nobody")
    assert done.exit_code == 2
    assert "nobody" in done.stderr


def test_a_push_reaches_the_device(run: Run, cloud: CloudInThread) -> None:
    with cloud.device() as device:
        done = run("push", "Notifier.SetIndicator", "--with", "new=true", *cloud.flags(), "--json")
        assert done.exit_code == 0, done.stderr
        (sent,) = json.loads(done.stdout)["sent"]
        assert (sent["device"], sent["state"]) == (device.profile.device_id, "written")
        shown = run("push", "Clova.Hello", *cloud.flags(), "--device", device.profile.device_id).stdout
        assert shown.startswith(f"Clova.Hello -> {device.profile.device_id} written (messageId ")
    pushed = run("journal", "--name", "Notifier.SetIndicator", "--json", *cloud.flags()).stdout
    assert json.loads(pushed)["message"]["directive"]["payload"]["new"] is True


def test_following_shows_what_comes_until_it_is_interrupted(
    run: Run, cloud: CloudInThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    naps: list[float] = []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 1:
            with cloud.device():
                pass
        if len(naps) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("mockcloud.commands.journal.time.sleep", nap)
    done = run("journal", "--follow", *cloud.flags())
    assert done.exit_code == 0
    assert done.stdout.count("Clova.Hello") == 1


def test_a_push_without_a_device_says_how_to_wait_for_one(run: Run, cloud: CloudInThread) -> None:
    done = run("push", "Clova.Hello", *cloud.flags())
    assert done.exit_code == 1
    assert "--wait 10s" in done.stderr
    done = run("push", "Clova.Hello", *cloud.flags(), "--wait", "50ms", "--device", "d1")
    assert done.exit_code == 1
    assert "'d1'" in done.stderr
    assert "50 ms" in done.stderr


def test_a_push_that_is_wrong_is_explained(run: Run, cloud: CloudInThread) -> None:
    done = run("push", "Alerts.SetAlert", "--with", "type=NOPE", *cloud.flags())
    assert done.exit_code == 1
    assert "payload.type: `NOPE`" in done.stderr
    assert "--unchecked" in done.stderr


def test_a_push_of_an_unknown_directive_is_usage(run: Run, cloud: CloudInThread) -> None:
    done = run("push", "Clova.Helo", *cloud.flags())
    assert done.exit_code == 2
    assert "did you mean Clova.Hello?" in done.stderr


def test_an_empty_journal(run: Run, cloud: CloudInThread) -> None:
    done = run("journal", *cloud.flags(), "--violations")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "nothing" in done.stderr


def test_the_environment_says_where_the_server_is(
    run: Run, cloud: CloudInThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOCKCLOUD_CONTROL_URL", cloud.cloud.control_url)
    cloud.ask(IssueToken("default", "d1"))
    assert run("journal").exit_code == 0


# -- the payload of a push


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load()


def built(catalogue: Catalogue, name: str, payload: str | None = None, *changes: str) -> dict[str, Any]:
    return message(name, payload, changes, catalogue, "newer", unchecked=False)


def test_the_payload_is_a_valid_example_with_changes(catalogue: Catalogue) -> None:
    body = built(catalogue, "Alerts.SetAlert", None, "token=t 1", "label=우유", 'extra.deep={"a": 1}')
    assert body["header"] == {"namespace": "Alerts", "name": "SetAlert"}
    assert body["payload"] | {"token": "t 1", "label": "우유", "extra": {"deep": {"a": 1}}} == body["payload"]
    assert built(catalogue, "Alerts.SetAlert", None, "scheduledTime=2026-01-01T00:00:00Z")["payload"]["type"]


def test_a_payload_is_taken_as_it_is_or_from_a_file(catalogue: Catalogue, own_place: Path) -> None:
    assert built(catalogue, "Clova.Hello", '{"a": 1}')["payload"] == {"a": 1}
    (own_place / "p.json").write_text('{"b": 2}')
    assert built(catalogue, "Clova.Hello", "@p.json")["payload"] == {"b": 2}


@pytest.mark.parametrize(
    ("payload", "changes", "said"),
    [
        ("{", (), "--payload:1:2: no JSON"),
        ("[]", (), "a payload is an object"),
        ("@none.json", (), "none.json: No such file"),
        (None, ("label",), "KEY=VALUE"),
        (None, ("token.x=1",), "token is not an object"),
    ],
)
def test_payloads_that_are_none(catalogue: Catalogue, payload: str | None, changes: tuple[str, ...], said: str) -> None:
    with pytest.raises(MockcloudError, match=said):
        built(catalogue, "Alerts.SetAlert", payload, *changes)


# -- the client itself


def answering(status: int, **more: Any) -> ControlClient:
    return ControlClient("http://c", transport=httpx.MockTransport(lambda _: httpx.Response(status, **more)))


def test_a_problem_is_told_in_its_own_words() -> None:
    body = {"title": "Wrong name", "detail": "no slash"}
    headers = {"content-type": "application/problem+json"}
    with answering(422, json=body, headers=headers) as control, pytest.raises(Refused) as caught:
        control.account("a/b")
    assert (str(caught.value), caught.value.exit_code) == ("Wrong name: no slash", 1)


def test_a_wrong_token_names_the_flag() -> None:
    with answering(401) as control, pytest.raises(CannotStart, match="--control-token"):
        control.account("default")


def test_what_is_no_control_api_is_called_so() -> None:
    with answering(200, text="<html>") as control, pytest.raises(CannotStart, match="not a control API"):
        control.account("default")


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8444"),
        ("0.0.0.0", "http://127.0.0.1:8444"),
        ("::1", "http://[::1]:8444"),
        ("::", "http://[::1]:8444"),
        ("build.test", "http://build.test:8444"),
    ],
)
def test_where_the_local_server_would_be(host: str, url: str) -> None:
    assert local_control_url(Settings(control_host=host)) == url
