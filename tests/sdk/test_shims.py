"""The preload shims, and ``mockcloud run --trust-cek-key``, which starts a program with them."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from mockcloud import shims
from mockcloud.cek.signing import SigningKey
from tests.sdk.conftest import HERE, skill_on
from tests.sdk.test_public_sdks import CONVERSATIONS, REGISTRATIONS

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
OTHER_PYTHON_KEY = """
import sys
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
pem = sys.argv[1].encode()
for given in (pem, bytearray(pem)):
    assert load_pem_public_key(given).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo) == pem
assert load_pem_public_key.__module__ == "sitecustomize"
"""
OTHER_NODE_KEY = """
const crypto = require('crypto'), assert = require('assert');
const { publicKey, privateKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = publicKey.export({ type: 'spki', format: 'pem' });
const signature = crypto.createSign('SHA256').update('x').sign(privateKey);
for (const key of [pem, Buffer.from(pem), publicKey, { key: pem, dsaEncoding: 'der' }]) {
  assert(crypto.createVerify('SHA256').update('x').verify(key, signature));
  assert(!crypto.createVerify('SHA256').update('y').verify(key, signature));
}
assert.throws(() => crypto.createVerify('SHA256').verify(undefined, signature), TypeError);
"""


@pytest.fixture(scope="module")
def key() -> str:
    return SigningKey.fresh().public_pem.decode()


def output(command: list[str], environ: Mapping[str, str]) -> str:
    """What it prints; it ends well and complains of nothing."""
    done = subprocess.run(command, env={**os.environ, **environ}, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_hidden_sitecustomize_runs(key: str, tmp_path: Path) -> None:
    theirs = tmp_path / "sitecustomize.py"
    theirs.write_text("WHOSE = 'theirs'\n")
    program = "import sitecustomize, sys; print(sitecustomize.WHOSE, sitecustomize.__file__, sys.path)"
    shown = output([sys.executable, "-c", program], shims.environment(key, {"PYTHONPATH": str(tmp_path)}))
    assert shown.startswith(f"theirs {theirs} ")
    assert str(shims.PYTHON) not in shown


def test_a_hidden_sitecustomize_that_fails_is_told_as_ever(key: str, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("raise ValueError('theirs')\n")
    environ = {**os.environ, **shims.environment(key, {"PYTHONPATH": str(tmp_path)})}
    done = subprocess.run([sys.executable, "-c", "print(1)"], env=environ, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout) == (0, "1\n")
    assert "ValueError: theirs" in done.stderr


@pytest.mark.spec("K-098")
def test_python_loads_any_other_key_as_it_is(key: str) -> None:
    other = SigningKey.fresh().public_pem.decode()
    output([sys.executable, "-c", OTHER_PYTHON_KEY, other], shims.environment(key, {}))


def test_without_a_key_python_is_left_alone() -> None:
    output(
        [sys.executable, "-c", "import sys; assert not any('_Watch' in str(x) for x in sys.meta_path)"],
        shims.environment("", {}),
    )


@needs_node
@pytest.mark.spec("K-098")
def test_node_verifies_with_any_other_key_as_it_is(key: str) -> None:
    output(["node", "-e", OTHER_NODE_KEY], shims.environment(key, {}))


@needs_node
def test_node_options_stay_and_folders_may_have_any_name(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / r'a "b" \c'
    folder.mkdir()
    shutil.copy(shims.NODE, folder)
    (tmp_path / "theirs.cjs").write_text("globalThis.theirs = true;")
    monkeypatch.setattr(shims, "NODE", folder / shims.NODE.name)
    environ = shims.environment(key, {"NODE_OPTIONS": f"--require {tmp_path}/theirs.cjs"})
    program = "console.log(theirs, Object.keys(require.cache).length, require('crypto').Verify.prototype.verify.length)"
    assert output(["node", "-e", program], environ) == "true 2 1\n"


@pytest.mark.spec("K-098")
def test_run_has_what_a_command_starts_trust_the_key(cache: Path, tmp_path: Path) -> None:
    skills, environ = [], {}
    for sdk in ("python", "node"):
        command, needed = skill_on(sdk, cache)
        registration = dict(REGISTRATIONS[sdk])
        skills.append(
            {
                "command": command,
                "id": registration.pop("id"),
                "registration": registration,
                "says": CONVERSATIONS[sdk][0][0],
            }
        )
        environ |= needed
    talk = [sys.executable, str(HERE / "python" / "talk.py"), json.dumps(skills)]
    command = [sys.executable, "-m", "mockcloud", "run", "--trust-cek-key", "--", *talk]
    done = subprocess.run(
        command, env={**os.environ, **environ}, cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Clova.StartExtension") == 2
