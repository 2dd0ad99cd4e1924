"""What is loaded with the first request, and not at the start."""

import asyncio
import subprocess
import sys
from typing import Any

import pytest

from mockcloud.server.late import Late


def test_an_application_is_made_once_with_its_first_request() -> None:
    made: list[str] = []
    served: list[str] = []

    async def app(scope: dict[str, Any], _receive: Any, _send: Any) -> None:
        served.append(scope["path"])

    def make() -> Any:
        made.append("app")
        return app

    async def test() -> None:
        late = Late(make)
        with pytest.raises(NotImplementedError, match="lifespan"):
            await late({"type": "lifespan"}, None, None)  # type: ignore[arg-type]
        assert made == []
        requests = [late({"type": "http", "path": path}, None, None) for path in ("/a", "/b")]  # type: ignore[arg-type]
        await asyncio.gather(*requests)

    asyncio.run(test())
    assert made == ["app"]
    assert sorted(served) == ["/a", "/b"]


def test_a_cloud_starts_without_what_its_connections_do_not_need() -> None:
    late = ("quart", "jinja2", "mockcloud.faults.effects", "mockcloud.scenario.load", "mockcloud.cloud.assistant")
    code = f"import sys, mockcloud.server.cloud; print([name for name in {late} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
