"""The wheel, installed into an empty environment outside of the checkout, runs the demo."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import mockcloud

ROOT = Path(mockcloud.__file__).parent.parent


def call(*command: str | Path, cwd: Path) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MOCKCLOUD_", "PYTHON"))}
    done = subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_runs_the_demo_outside_of_the_checkout(tmp_path: Path) -> None:
    call(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path / "dist", ROOT, cwd=tmp_path)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "mockcloud/_data/schemas/directive/Clova/Hello.json" in names
    assert any(name.startswith("mockcloud/_data/scenarios/") for name in names)
    assert not any(name.startswith(("tests/", "benchmarks/")) for name in names)

    venv.create(tmp_path / "empty", with_pip=True)
    python = tmp_path / "empty" / "bin" / "python"
    call(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel, cwd=tmp_path)
    where = call(python, "-c", "import mockcloud; print(mockcloud.__file__)", cwd=tmp_path)
    assert where.startswith(str(tmp_path))
    out = call(tmp_path / "empty" / "bin" / "mockcloud", "demo", cwd=tmp_path)
    assert "Clova.Hello" in out
