"""A person at the terminal, who does at a device what no program can."""

import asyncio
import os
from collections.abc import Callable
from typing import TextIO

from mockcloud.replay.world import CannotDo


class Terminal:
    """Asks on one stream, is answered by Enter on another; ``s`` and Enter says that it cannot be done."""

    def __init__(self, answers: TextIO, show: Callable[[str], None]) -> None:
        self._answers = answers
        self._show = show

    async def do(self, what: str) -> None:
        """Raises `CannotDo` if the person says so, or is gone."""
        self._show(f"please {what}, then press Enter (s Enter: cannot be done)")
        said = await self._line()
        if not said:
            raise CannotDo("nobody answers at the terminal")
        if said.strip().lower() in ("s", "skip"):
            raise CannotDo("the person at the terminal cannot do it")

    async def _line(self) -> str:
        loop = asyncio.get_running_loop()
        file = self._answers.fileno()
        said = b""
        while not said.endswith(b"\n"):
            ready = loop.create_future()
            loop.add_reader(file, ready.set_result, None)
            try:
                await ready
            finally:
                loop.remove_reader(file)
            # Byte by byte: what comes after the line belongs to whoever asks next.
            byte = os.read(file, 1)
            if not byte:
                break
            said += byte
        return said.decode(errors="replace")
