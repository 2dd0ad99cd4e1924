"""A client of one's own, and a program of one's own."""

import json
import os
import subprocess
import sys
import urllib.parse
import urllib.request

import httpx
import pytest

import mockcloud as mc


def log_in(cloud, device_id):
    """As firmware does it: /authorize, then /token."""
    given = cloud.credentials()
    with httpx.Client(base_url=cloud.url, verify=cloud.ssl_context, trust_env=False, timeout=60) as client:
        asked = {"client_id": given.client_id, "device_id": device_id, "response_type": "code", "state": "s"}
        bearer = {"Authorization": f"Bearer {given.naver_access_token}"}
        code = client.get("/authorize", params=asked, headers=bearer).json()["code"]
        query = {
            "grant_type": "authorization_code",
            "client_id": given.client_id,
            "client_secret": given.client_secret,
            "code": code,
            "device_id": device_id,
        }
        return client.post("/token", params=query).json()


@pytest.mark.parametrize("device_id", ["radio", "tv", "phone", "fridge"])
def test_a_client_logs_in(mockcloud, device_id):
    assert log_in(mockcloud, device_id)["access_token"]


def test_a_token_without_logging_in(mockcloud):
    token = mockcloud.token("radio")
    assert token.device_id == "radio"
    assert token.expires_in > 0


@pytest.mark.parametrize("variable", ["MOCKCLOUD_DEVICE_URL", "MOCKCLOUD_CA_FILE", "MOCKCLOUD_ACCOUNT"])
def test_a_program_finds_its_cloud(mockcloud, variable):
    code = f"import os; print(os.environ[{variable!r}])"
    environ = {**os.environ, **mockcloud.environ}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == mockcloud.environ[variable]


def test_the_control_api(mockcloud, mockcloud_device):
    mockcloud_device.type("안녕")
    query = urllib.parse.urlencode({"account": mockcloud.account, "name": "TextRecognizer.Recognize"})
    with urllib.request.urlopen(f"{mockcloud.control_url}/v1/journal?{query}", timeout=60) as answer:
        (entry,) = json.load(answer)["entries"]
    assert entry["device"] == "device"


def test_without_the_plugin():
    with mc.Cloud(scenario="tests/rain.yaml", seed=3) as cloud, cloud.device() as device:
        device.say("비 와?")
        assert cloud.expect("SpeechSynthesizer.Speak").words == "우산을 챙기세요"


def test_what_is_not_checked_fails(mockcloud_server):
    with (
        pytest.raises(mc.CheckFailed, match=r"event\.payload\.type"),
        mc.Cloud(server=mockcloud_server) as cloud,
        cloud.device() as device,
    ):
        device.send_event("AudioPlayer.PlayStarted", {"token": 1})


def test_what_never_comes(mockcloud):
    with pytest.raises(mc.ExpectationFailed, match="within 0 s"):
        mockcloud.expect("Clova.Hello", within=0)
