"""The bundled device as tests hold it: connected to their cloud, its utterances understood there."""

from typing import TYPE_CHECKING, Any, Self

from mockcloud.client.reference import ReferenceDevice, Turn
from mockcloud.client.vocabulary import Initiator

if TYPE_CHECKING:
    from mockcloud.testing.cloud import AsyncCloud


class AsyncDevice(ReferenceDevice):
    """A `ReferenceDevice` of a cloud; inside ``async with`` it has its downchannel."""

    def __init__(self, cloud: "AsyncCloud", name: str = "device", **profile: Any) -> None:
        self._cloud = cloud
        credentials = cloud.credentials()
        super().__init__(
            cloud.url,
            **{
                "ca_file": cloud.ca_file or None,
                "device_id": name,
                "seed": name,
                "speed": "max",
                "client_id": credentials.client_id,
                "client_secret": credentials.client_secret,
                "naver_access_token": credentials.naver_access_token,
                **profile,
            },
        )

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
            await self._cloud.say(text, device=self.profile.device_id)
        return await super().say(text, pcm=pcm, initiator=initiator, timeout=timeout)
