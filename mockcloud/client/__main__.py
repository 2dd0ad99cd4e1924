"""``python -m mockcloud.client``: the bundled device as a program, told what a person does on standard input.

It reads and writes the lines of `mockcloud.client.person`. Its cloud is that of the environment
(``MOCKCLOUD_DEVICE_URL`` and the names beside it); ``MOCKCLOUD_DEVICE_GIVEN`` is what a scenario says of the device,
as JSON. It ends with its standard input, or when it is told to (SIGTERM).
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from typing import Any, TextIO

from mockcloud.client import person
from mockcloud.client.profile import speaker
from mockcloud.client.reference import ReferenceDevice
from mockcloud.client.vocabulary import Lit, Noted, Trouble
from mockcloud.errors import MockcloudError


def main() -> int:
    try:
        asyncio.run(_run())
    except MockcloudError as error:
        _write(f"mockcloud: {error}", sys.stderr)
        return error.exit_code
    return 0


async def _run() -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGINT, stop.set)
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async with ReferenceDevice(**given(os.environ)) as device:
        device.watch(_tell)
        ended = [loop.create_task(_obey(device, lines)), loop.create_task(stop.wait())]
        done, _ = await asyncio.wait(ended, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.cancel()
        for task in done:
            task.result()


def given(environ: Mapping[str, str]) -> dict[str, Any]:
    """The device that the environment asks for, as arguments of `ReferenceDevice`."""
    said = json.loads(environ.get("MOCKCLOUD_DEVICE_GIVEN") or "{}")
    arguments: dict[str, Any] = {
        "device_id": environ.get("MOCKCLOUD_DEVICE_ID") or None,
        "display": said.get("display", {"size": "none"}),
        "tags": tuple(said.get("tags", ())),
    }
    arguments |= {name: said[name] for name in ("lang", "edition") if name in said}
    if "device_state" in said:
        state = {**speaker(), **said["device_state"]}
        arguments["device_state"] = {name: value for name, value in state.items() if value is not None}
    return arguments


async def _obey(device: ReferenceDevice, lines: asyncio.StreamReader) -> None:
    """Do what each line says, until there are no more."""
    while line := await lines.readline():
        try:
            number, instruction = person.read(line.decode())
        except person.CannotRead as error:
            said, number_if_any = error.args
            if number_if_any is None:
                _write(f"{said}: {line.decode().strip()}")
            else:
                _say({"cannot": number_if_any, "why": said})
            continue
        await device.do(instruction)
        _say({"done": number})


def _tell(noted: Noted) -> None:
    match noted.what:
        case Lit(light):
            _say({"observed": "led", "value": light})
        case Trouble():
            _write(str(noted.what), sys.stderr)


def _say(answer: Mapping[str, Any]) -> None:
    _write(json.dumps(answer, ensure_ascii=False))


def _write(line: str, to: TextIO | None = None) -> None:
    """Whole lines, each at once: whoever reads them waits for them."""
    (to or sys.stdout).write(line + "\n")
    (to or sys.stdout).flush()


if __name__ == "__main__":
    sys.exit(main())
