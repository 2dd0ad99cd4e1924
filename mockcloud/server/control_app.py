"""The application of the control listener: the control API as HTTP."""

import json
from collections.abc import Callable

from quart import Quart, Response

from mockcloud.server.driver import Driver
from mockcloud.settings import Settings


class ControlApp(Quart):
    """A Quart app that translates HTTP requests into operations of the machine."""

    def __init__(self, driver: Driver, settings: Settings, ready: Callable[[], bool] = lambda: True) -> None:
        super().__init__("mockcloud.control", static_folder=None)
        self._driver = driver
        self._settings = settings
        self._ready = ready
        self.add_url_rule("/health", view_func=self._health)

    async def _health(self) -> Response:
        return Response(json.dumps({"ready": self._ready()}), 200 if self._ready() else 503)
