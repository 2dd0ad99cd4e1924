"""The bundled device as tests hold it: connected to their cloud, its utterances understood there."""

from collections.abc import Awaitable, Callable
from typing import Any, Self

from mockcloud.client.reference import ReferenceDevice, Turn
from mockcloud.client.vocabulary import Initiator

Tell = Callable[[str], Awaitable[None]]


class AsyncDevice(ReferenceDevice):
    """A `ReferenceDevice` of a cloud; inside ``async with`` it has its downchannel.

    ``tell`` tells the cloud what the next audio of this device means. `AsyncCloud.device` makes it.
    """

    def __init__(self, url: str, name: str, *, tell: Tell, **profile: Any) -> None:
        self._tell = tell
        super().__init__(url, **{"device_id": name, "seed": name, "speed": "max", **profile})

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        try:
            await self.ready()
        except BaseException:
            await super().__aexit__(None, None, None)
            raise
        return self

    async def say(
        self,
        text: str | None = None,
        *,
        pcm: bytes = b"",
        initiator: Initiator | None = None,
        timeout: float = 30,
    ) -> Turn:
        """Speak, and wait for the response. The cloud is told what the sound of this text means; what ``pcm`` means,
        `AsyncCloud.say` tells it."""
        if text is not None and not pcm:
            await self._tell(text)
        return await super().say(text, pcm=pcm, initiator=initiator, timeout=timeout)
