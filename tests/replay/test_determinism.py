"""The same file and the same seed give the same bytes, whatever the version of Python."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import mockcloud

ROOT = Path(mockcloud.__file__).parents[1]
PROGRAM = """
import json, sys
from pathlib import Path
from mockcloud.catalogue import Catalogue
from mockcloud.catalogue.documents import read_text
from mockcloud.data import data_dir
from mockcloud.replay import replay
from mockcloud.scenario.load import load_scenarios
from mockcloud.settings import Settings
catalogue = Catalogue.load()
for name in sys.argv[1:]:
    file = data_dir("scenarios") / name
    for scenario in load_scenarios(read_text(file), file=name, catalogue=catalogue):
        report = replay(scenario, catalogue=catalogue, settings=Settings())
        print(json.dumps(report.as_json(), ensure_ascii=False))
"""
SOME = (
    "alerts/timer-stopped-by-button.yaml",
    "multi-turn/question-and-answer.yaml",
    "speech/many-ways-to-ask.yaml",
    "templates/weather-on-a-screen.yaml",
)


def told(python: str, hash_seed: str) -> str:
    """Everything that the reports of some scenarios say."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    done = subprocess.run(
        [python, "-c", PROGRAM, *SOME], env=environment, capture_output=True, encoding="utf-8", check=True, timeout=300
    )
    return done.stdout


def other_python() -> str:
    """Another version of Python that has what mockcloud needs, by ``MOCKCLOUD_TEST_PYTHON`` or on the path."""
    ours = f"python{sys.version_info.major}.{sys.version_info.minor}"
    names = [name for name in ("python3.11", "python3.12", "python3.13") if name != ours]
    found = [os.environ.get("MOCKCLOUD_TEST_PYTHON"), *(shutil.which(name) for name in names)]
    for python in filter(None, found):
        check = [python, "-c", "import msgspec, httpx, h2, hypercorn, ruamel.yaml, jsonschema_rs, jinja2"]
        if subprocess.run(check, capture_output=True, check=False).returncode == 0:
            return python
    return ""


def test_versions_of_python_do_not_show() -> None:
    python = other_python()
    if not python:
        pytest.skip("no other version of Python with the dependencies is at hand")
    assert told(python, "1") == told(sys.executable, "2")
