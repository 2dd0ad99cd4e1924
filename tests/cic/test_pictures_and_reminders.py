"""Pictures and playlists that our URLs lead to."""

import re
import struct
import zlib

import pytest

from mockcloud.cic import operations as op
from mockcloud.wire.messages import dumps
from tests.cic.conversation import Conversation, Speaker

TYPED = "TextRecognizer.Recognize"


@pytest.fixture
def talk() -> Conversation:
    return Conversation()


@pytest.mark.parametrize("size", [1, 96, 480])
def test_a_picture_is_a_png_of_its_size(talk: Conversation, size: int) -> None:
    answer = talk.web("GET", f"/media/picture/{size}/clear-sky.png")
    assert (answer.status, dict(answer.headers)["content-type"]) == (200, "image/png")
    body = answer.body
    assert body[:16] == b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
    assert struct.unpack(">II", body[16:24]) == (size, size)
    data = body.partition(b"IDAT")[2]
    assert len(zlib.decompress(data[:-16])) == size * (size + 1)
    assert body != talk.web("GET", f"/media/picture/{size}/바다 1.png").body


@pytest.mark.parametrize("path", ["0/a.png", "1025/a.png", "96/a.jpg", "a/a.png", "96"])
def test_there_is_no_such_picture(talk: Conversation, path: str) -> None:
    assert talk.web("GET", f"/media/picture/{path}").status == 404


@pytest.mark.spec("C-177")
@pytest.mark.parametrize("text", ["오늘 날씨 어때", "이번 주 날씨 어때", "바다 사진 보여 줘"])
def test_pictures_of_templates_are_served(talk: Conversation, text: str) -> None:
    answer = talk.speaker("screen").event(TYPED, {"text": text, "lang": "ko"}, dialog="d")
    urls = re.findall(rb'https://cloud.test(/media/picture/[^"]*)"', dumps(answer.directives))
    assert urls
    for url in urls:
        assert talk.web("GET", url.decode()).body.startswith(b"\x89PNG")


def test_the_segments_of_a_playlist_belong_to_its_account(talk: Conversation) -> None:
    path = "/media/hls/9000/mockcloud-radio.m3u8"
    segments = [line for line in talk.web("GET", path).body.decode().splitlines() if not line.startswith("#")]
    assert segments == ["mockcloud-radio/0.mp3", "mockcloud-radio/1.mp3"]
    theirs = talk.web("GET", path, {"account": "a b"}).body.decode().splitlines()
    assert [line for line in theirs if not line.startswith("#")] == [f"{one}?account=a%20b" for one in segments]


@pytest.mark.spec("C-162", "C-165")
def test_a_device_that_connects_later_shows_that_something_was_not_seen(talk: Conversation) -> None:
    first = talk.speaker("first")
    talk.ask(op.Notify(account="default", text="택배가 왔어요"))
    later = Speaker(talk, "later", talk.account)
    later.connect()
    later.downchannel()
    _, reminder = later.pushed()
    assert reminder["header"]["name"] == "SetIndicator"
    assert "dialogRequestId" not in reminder["header"]
    assert reminder["payload"] == {"assets": [], "assetPlayOrder": [], "light": "DEFAULT", "new": False}
    first.event(TYPED, {"text": "알림 읽어 줘", "lang": "ko"}, dialog="d")
    assert later.pushed_names() == ["Notifier.ClearIndicator"]
    talk.wait("2s")
    later.downchannel()
    assert later.pushed_names() == ["Clova.Hello"]


@pytest.mark.spec("C-162")
def test_a_device_is_not_told_twice_and_by_setting_not_at_all(talk: Conversation) -> None:
    absent = Speaker(talk, "absent", talk.account)
    talk.ask(op.Notify(account="default", text="택배가 왔어요", device="absent"))
    absent.connect()
    absent.downchannel()
    assert len(absent.pushed()) == 2
    talk.ask(op.ChangeAccount("default", {"behaviour": {"remind_of_notifications": False}}))
    other = Speaker(talk, "other", talk.account)
    other.connect()
    other.downchannel()
    assert other.pushed_names() == ["Clova.Hello"]
