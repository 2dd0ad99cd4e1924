"""Whole games, by the bundled device: ``pytest`` in this folder. It needs mockcloud and pytest."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mockcloud import Cloud
from mockcloud.client import Turn
from mockcloud.testing.blocking import Extension

HERE = Path(__file__).parent
NAMES = {"ko": "샘플 주사위", "ja": "サイコロ遊び"}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The extension's server on a port that is free: its URL."""
    environ = {**os.environ, "PORT": "0"}
    command = [sys.executable, str(HERE / "server.py")]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
        process.terminate()


def registered(cloud: Cloud, url: str, lang: str) -> Extension:
    """The extension in one language, its model built."""
    return cloud.extension(url=url, model=HERE / "model" / lang, invocation_names=[NAMES[lang]], lang=lang)


def heard(turn: Turn) -> str:
    """What the user is told; every speech is shown as text too."""
    return " ".join(one.payload["text"] for one in turn.directives if one.full_name == "Clova.RenderText")


def numbers(text: str) -> list[int]:
    return [int(one) for one in re.findall(r"\d+", text)]


def test_a_game_in_korean(mockcloud: Cloud, server: str) -> None:
    registered(mockcloud, f"{server}/ko", "ko")
    with mockcloud.device() as device:
        assert heard(device.type("샘플 주사위 시작해줘")) == "주사위를 몇 개 던질까요?"
        *thrown, total = numbers(heard(device.type("주사위 두 개 던져볼래")))
        assert len(thrown) == 2
        assert sum(thrown) == total
        *thrown, total = numbers(heard(device.type("응")))
        assert len(thrown) == 2, "as many as before"
        assert heard(device.type("주사위 열한 개 굴려")).startswith("주사위는 열 개까지")
        assert len(numbers(heard(device.type("하나 던져봐")))) == 1
        assert heard(device.type("아니")) == "다음에 또 던져요."


def test_a_throw_in_one_sentence(mockcloud: Cloud, server: str) -> None:
    dice = registered(mockcloud, f"{server}/ko", "ko")
    with mockcloud.device() as device:
        assert len(numbers(heard(device.type("클로바, 샘플 주사위에 주사위 굴려달라고 해.")))) == 1
        device.type("종료해줘")
    assert [one["request"]["type"] for one in dice.requests()] == ["IntentRequest", "SessionEndedRequest"]


def test_a_game_in_japanese(mockcloud: Cloud, server: str) -> None:
    registered(mockcloud, f"{server}/ja", "ja")
    with mockcloud.device() as device:
        assert heard(device.type("サイコロ遊びを起動して")) == "サイコロをいくつ振りますか?"
        *thrown, total = numbers(heard(device.type("サイコロを三つ振って")))
        assert len(thrown) == 3
        assert sum(thrown) == total
        assert heard(device.type("いいえ")) == "また遊びましょう。"
