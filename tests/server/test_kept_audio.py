"""What a device said can be heard again, if the account keeps audio."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import pytest

from mockcloud.cic import operations as op
from mockcloud.speech.pcm import from_wav, silence, spoken
from tests.patience import PATIENCE
from tests.server.cloud_client import AUDIO, END, ForeignDevice, metadata, running

Run = Callable[[Coroutine[Any, Any, None]], None]


@pytest.mark.spec("C-078")
@pytest.mark.parametrize("keep", [True, False])
def test_the_audio_of_an_event_as_a_wav_file(run: Run, keep: bool) -> None:
    async def test() -> None:
        async with (
            running(None) as cloud,
            httpx.AsyncClient(base_url=cloud.control_url, trust_env=False, timeout=PATIENCE) as control,
        ):
            await cloud.ask(op.ChangeAccount("default", {"keep_audio": keep}))
            device = await ForeignDevice.connect(cloud, None)
            pcm = spoken("안녕") + silence(200)
            head = metadata("SpeechRecognizer.Recognize", {"lang": "ko"}, dialog="d") + AUDIO
            stream = device.client.request("POST", "/v1/events", device.headers(("content-type", FORM)), end=False)
            await device.client.upload(stream, head + pcm + END, end=True)
            await device.client.response(stream)
            heard = (await control.get("/v1/journal?name=SpeechRecognizer.Recognize")).json()["entries"][0]
            answer = await control.get(f"/v1/journal/{heard['seq']}/audio")
            if keep:
                assert heard["audio_bytes"] == len(pcm)
                assert answer.headers["content-type"] == "audio/wav"
                assert from_wav(answer.content) == pcm
            else:
                assert (heard["audio_bytes"], answer.status_code) == (0, 404)
                assert "keep_audio" in answer.json()["detail"]
            await device.client.abort()
            await asyncio.sleep(0)

    run(test())


FORM = "multipart/form-data; boundary=term"
