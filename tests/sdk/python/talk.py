"""A program under test as ``mockcloud run`` starts it: it starts skills, registers them, and has a device call each.

Its argument is JSON: of each skill command, registration and what the device says. It prints what the device heard of.
"""

import asyncio
import json
import os
import subprocess
import sys
import urllib.request
from contextlib import ExitStack
from typing import Any

from mockcloud.client import ReferenceDevice


def start(stack: ExitStack, skill: dict[str, Any]) -> None:
    process = stack.enter_context(subprocess.Popen(skill["command"], stdout=subprocess.PIPE, text=True))
    stack.callback(process.terminate)
    assert process.stdout is not None
    url = f"http://127.0.0.1:{process.stdout.readline().strip()}/checked"
    body = json.dumps({**skill["registration"], "url": url, "account": os.environ["MOCKCLOUD_ACCOUNT"]}).encode()
    control = f"{os.environ['MOCKCLOUD_CONTROL_URL']}/v1/extensions/{skill['id']}"
    put = urllib.request.Request(control, body, {"Content-Type": "application/json"}, method="PUT")
    urllib.request.urlopen(put).close()


async def talk(skills: list[dict[str, Any]]) -> None:
    async with ReferenceDevice(speed="max") as device:
        await device.ready()
        for skill in skills:
            sys.stdout.write(f"{(await device.type(skill['says'])).names}\n")


with ExitStack() as stack:
    skills = json.loads(sys.argv[1])
    for skill in skills:
        start(stack, skill)
    asyncio.run(talk(skills))
