"""One cloud used by several threads, and several clouds by one."""

from concurrent.futures import ThreadPoolExecutor

import pytest

import mockcloud as mc


@pytest.mark.parametrize("number", [2, 5])
def test_devices_in_threads(mockcloud, number):
    def speak(n):
        with mockcloud.device(f"device-{n}") as device:
            return device.type("안녕").status

    with ThreadPoolExecutor(number) as threads:
        assert list(threads.map(speak, range(number))) == [200] * number
    mockcloud.assert_received("TextRecognizer.Recognize", times=number)


def test_a_thread_waits_for_what_another_does(mockcloud, mockcloud_device):
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(mockcloud.expect, "TextRecognizer.Recognize", within=60)
        mockcloud_device.type("안녕")
        assert waiting.result().payload["text"] == "안녕"


def test_clouds_in_threads(mockcloud_server):
    def account(_):
        with mc.Cloud(server=mockcloud_server) as cloud, cloud.device() as device:
            device.type("안녕")
            return cloud.account

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(account, range(4)))) == 4


def test_a_server_in_a_thread():
    def status(_):
        with mc.Cloud() as cloud, cloud.device() as device:
            return device.type("안녕").status

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(status, range(2))) == [200, 200]
