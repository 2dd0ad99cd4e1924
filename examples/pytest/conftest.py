import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mockcloud import Cloud


@pytest.fixture
def firmware(mockcloud: Cloud) -> Iterator["subprocess.Popen[bytes]"]:
    """The program under test, connected to the test's own cloud."""
    program = Path(__file__).with_name("firmware.py")
    process = subprocess.Popen([sys.executable, program], env=os.environ | mockcloud.environ)
    try:
        mockcloud.wait_for_channel(within=10)
        yield process
    finally:
        process.terminate()
        process.wait()
