"""The wheel, installed into an empty environment outside of the checkout, runs the demo."""

import zipfile
from pathlib import Path

from tests.installed import Installed, call

DEMO = """
import sys
sys.modules["pytest"] = None  # in that environment for others; not what the command line may lean on
sys.argv = ["mockcloud", "demo"]
from mockcloud.commands import main
main()
"""


def test_the_wheel_has_the_data_and_nothing_of_the_checkout(installed: Installed) -> None:
    names = zipfile.ZipFile(installed.wheel).namelist()
    assert "mockcloud/_data/schemas/directive/Clova/Hello.json" in names
    assert any(name.startswith("mockcloud/_data/scenarios/") for name in names)
    assert {"mockcloud/shims/python/sitecustomize.py", "mockcloud/shims/node/trust-cek-key.cjs"} <= set(names)
    assert not any(name.startswith(("tests/", "benchmarks/")) for name in names)


def test_the_wheel_runs_the_demo_outside_of_the_checkout(installed: Installed, tmp_path: Path) -> None:
    where = call(installed.python, "-c", "import mockcloud; print(mockcloud.__file__)", cwd=tmp_path)
    assert where.startswith(str(installed.folder))
    assert "Clova.Hello" in call(installed.python, "-c", DEMO, cwd=tmp_path)
    assert "mockcloud" in call(installed.python.with_name("mockcloud"), "--help", cwd=tmp_path)
