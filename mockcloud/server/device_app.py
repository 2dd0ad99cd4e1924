"""The application of the device listener: the three CIC endpoints, and a Quart app for all other paths.

The CIC endpoints are full duplex, which a Quart view is not; they are plain ASGI (`Driver.exchange`), and devices that
have their tokens need nothing else. The rest, `mockcloud.server.device_routes`, is loaded with the first request to it.
"""

from typing import cast

from mockcloud.cic.machine import CIC_PATHS
from mockcloud.server.driver import Driver
from mockcloud.server.late import Late
from mockcloud.server.tasks import Application, Message, Receive, Send


class DeviceApp:
    """Hands the CIC endpoints to the driver, and everything else to `DeviceRoutes`."""

    def __init__(self, driver: Driver, body_limit: int) -> None:
        self._driver = driver
        self._body_limit = body_limit
        self.routes = Late(self._make_routes)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] in CIC_PATHS:
            await self._driver.exchange(scope, receive, send)
        else:
            await self.routes(scope, receive, send)

    def _make_routes(self) -> Application:
        from mockcloud.server.device_routes import DeviceRoutes

        return cast(Application, DeviceRoutes(self._driver, self._body_limit))
