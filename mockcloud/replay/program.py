"""A device, or a rig that moves one, as a program: it reads and writes the lines of `mockcloud.client.person`."""

import asyncio
import os
import shlex
import signal
from collections.abc import Callable, Mapping
from typing import Any

from mockcloud.client import person
from mockcloud.client.vocabulary import Instruction
from mockcloud.errors import CannotStart
from mockcloud.replay.world import Broken, CannotDo

ANSWER_WITHIN = 1.0
"""Seconds for which a program that has never answered is waited for: it need not answer at all."""
END_WITHIN = 2.0
"""Seconds that it has to end when it is told to."""
LONGEST_LINE = 64 * 1024
READ_SIZE = 64 * 1024


class Program:
    """Runs a command in a process group of its own, until `stop`.

    ``observed`` gets what it says of itself; ``show`` every line that is for people; ``patience`` is how many seconds
    it may take for an answer once it has shown that it gives any. ``interrupt`` gets what comes when nobody waits for
    an answer: `Broken` when it has ended, `CannotDo` of a late refusal.
    """

    def __init__(
        self,
        command: str,
        *,
        patience: float,
        observed: Callable[[person.Observed], None],
        show: Callable[[str], None],
        interrupt: Callable[[Exception], None],
    ) -> None:
        self._command = command
        self._patience = patience
        self._observed = observed
        self._show = show
        self._interrupt = interrupt
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._number = 0
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._answers = False
        self.trouble = ""
        """Why it is of no use any more."""

    async def start(self, environment: Mapping[str, str]) -> None:
        """Raises `CannotStart` if there is no such program."""
        try:
            words = shlex.split(self._command)
            self._process = await asyncio.create_subprocess_exec(
                *words,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env={**os.environ, **environment},
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise CannotStart(f"{self._command!r} cannot be started: {why or error}") from None
        self._reading = asyncio.get_running_loop().create_task(self._read(self._process))

    async def do(self, instruction: Instruction, audio: str = "") -> None:
        """Tell it, and wait until it is done. Raises `CannotDo` if it cannot, `Broken` if it is of no use any more."""
        if self._process is None or self._process.stdin is None or self.trouble:
            raise Broken(self.trouble or f"{self._command!r} does not run")
        self._number += 1
        line = person.written(self._number, instruction, audio)
        answer = self._waiting[self._number] = asyncio.get_running_loop().create_future()
        try:
            self._process.stdin.write(line.encode() + b"\n")
            await self._process.stdin.drain()
            await asyncio.wait([answer], timeout=self._patience if self._answers else ANSWER_WITHIN)
        except (BrokenPipeError, ConnectionResetError):
            if self._reading is not None:
                await asyncio.wait([self._reading], timeout=END_WITHIN)
            raise Broken(self.trouble or f"{self._command!r} no longer reads what it is told") from None
        if answer.done():
            answer.result()
        elif self._answers:
            raise Broken(f"{self._command!r} did not answer within {self._patience:g} s to {line}")
        else:
            answer.add_done_callback(self._late)

    async def stop(self) -> None:
        """End it and all that it has started."""
        process, self._process = self._process, None
        if process is None:
            return
        self._interrupt = _nothing
        if process.stdin is not None:
            process.stdin.close()
        _signal_group(process.pid, signal.SIGTERM)
        try:
            async with asyncio.timeout(END_WITHIN):
                await process.wait()
        except TimeoutError:
            pass
        _signal_group(process.pid, signal.SIGKILL)
        await process.wait()
        if self._reading is not None:
            await asyncio.wait([self._reading], timeout=END_WITHIN)
            self._reading.cancel()

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        rest = b""
        while data := await process.stdout.read(READ_SIZE):
            *lines, rest = (rest + data).split(b"\n")
            if len(rest) > LONGEST_LINE:
                lines, rest = [*lines, rest], b""
            for line in lines:
                self._take(line.decode(errors="replace").rstrip("\r"))
        if rest:
            self._take(rest.decode(errors="replace"))
        code = await process.wait()
        how = f"with exit code {code}" if code >= 0 else f"by {signal.Signals(-code).name}"
        self._fail(f"{self._command!r} ended {how} while it was needed")

    def _take(self, line: str) -> None:
        try:
            match person.answer(line):
                case None:
                    self._show(line)
                case person.Observed() as seen:
                    self._observed(seen)
                case person.Done(number):
                    self._settle(number, line, None)
                case person.Cannot(number, why):
                    self._settle(number, line, CannotDo(why or "the device says that it cannot do this"))
        except person.NoAnswer as error:
            self._fail(f"{self._command!r}: {error}")

    def _settle(self, number: int, line: str, error: CannotDo | None) -> None:
        self._answers = True
        waiting = self._waiting.pop(number, None)
        if waiting is None:
            if not 0 < number <= self._number:
                self._fail(f"{self._command!r} answers {line}, but was told nothing with that id")
        elif not waiting.done():
            waiting.set_result(None) if error is None else waiting.set_exception(error)

    def _fail(self, why: str) -> None:
        self.trouble = self.trouble or why
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(Broken(self.trouble))
        self._waiting.clear()
        self._interrupt(Broken(self.trouble))

    def _late(self, answer: "asyncio.Future[None]") -> None:
        if isinstance(error := answer.exception(), CannotDo):
            self._interrupt(error)


def _signal_group(pid: int, what: signal.Signals) -> None:
    try:
        os.killpg(pid, what)
    except (ProcessLookupError, PermissionError):
        pass  # nobody of the group is left


def _nothing(*_: Any) -> None:
    pass
