"""Tests that end badly; each is run by itself. None may leave a process, a port or a file behind."""

import os
import signal
import subprocess
import sys

import pytest


@pytest.fixture
def conversation(mockcloud, mockcloud_device):
    mockcloud_device.type("안녕")
    with mockcloud.device("tv"), mockcloud.device("phone"):
        yield


def test_raises(conversation):
    raise RuntimeError


def test_interrupts(conversation):
    raise KeyboardInterrupt


def test_is_interrupted_while_it_waits(conversation, mockcloud):
    pid = os.getpid()
    signaller = f"import os, signal, time; time.sleep(0.2); os.kill({pid}, signal.SIGINT)"
    with subprocess.Popen([sys.executable, "-c", signaller]):
        mockcloud.expect("AudioPlayer.Play", within=60)


@pytest.mark.timeout(1, method="signal", func_only=True)
def test_takes_too_long(conversation, mockcloud):
    mockcloud.expect("AudioPlayer.Play", within=60)


@pytest.mark.timeout(1, method="thread", func_only=True)
def test_takes_too_long_for_a_thread(conversation, mockcloud):
    mockcloud.expect("AudioPlayer.Play", within=60)


def test_exits(conversation):
    os._exit(7)


def test_is_killed(conversation):
    os.kill(os.getpid(), signal.SIGKILL)


def test_is_terminated(conversation):
    os.kill(os.getpid(), signal.SIGTERM)
    signal.pause()


def test_passes(conversation):
    pass
