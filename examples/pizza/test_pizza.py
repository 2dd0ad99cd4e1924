"""Whole orders, by the bundled device: ``pytest`` in this folder. It needs mockcloud and pytest."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mockcloud import Cloud
from mockcloud.client import Turn
from mockcloud.testing.blocking import Extension

HERE = Path(__file__).parent
NAMES = {"ko": "피자봇", "ja": "ピザ屋さん"}


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


def test_an_order_in_korean(mockcloud: Cloud, server: str) -> None:
    shop = registered(mockcloud, f"{server}/ko", "ko")
    with mockcloud.device() as device:
        assert heard(device.type("피자봇 시작해줘")) == "피자봇입니다. 어떤 피자를 드릴까요?"
        assert heard(device.type("무슨 피자 있어?")).startswith("페퍼로니, 바베큐, 치즈")
        assert heard(device.type("베지 피자로 할게")) == "야채 피자를 몇 판 드릴까요?"
        assert heard(device.type("세 판이요")) == "야채 피자 3판을 주문할까요?"
        assert heard(device.type("아니")) == "그럼 어떤 피자를 드릴까요?"
        assert heard(device.type("BBQ 피자 두 판 주문해줘")) == "바베큐 피자 2판을 주문할까요?"
        assert heard(device.type("응")) == "바베큐 피자 2판을 주문했어요. 맛있게 드세요."
    (order,) = shop.requests(intent="OrderPizza", slots={"pizzaType": "바베큐"})
    assert order["request"]["intent"]["slots"]["pizzaAmount"]["value"] == "2"


def test_an_order_in_one_sentence(mockcloud: Cloud, server: str) -> None:
    registered(mockcloud, f"{server}/ko", "ko")
    with mockcloud.device() as device:
        assert heard(device.type("피자봇에서 치즈 피자 한 판 주문해줘")) == "치즈 피자 1판을 주문할까요?"
        assert heard(device.type("취소해줘")) == "주문을 취소했어요."


def test_an_order_in_japanese(mockcloud: Cloud, server: str) -> None:
    registered(mockcloud, f"{server}/ja", "ja")
    with mockcloud.device() as device:
        assert heard(device.type("ピザ屋さんを起動して")) == "ピザ屋です。どのピザにしますか?"
        assert heard(device.type("チーズピザにして")) == "チーズピザを何枚にしますか?"
        assert heard(device.type("二枚")) == "チーズピザ2枚でよろしいですか?"
        assert heard(device.type("はい")) == "チーズピザ2枚を注文しました。"
