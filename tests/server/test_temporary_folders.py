"""The folder of an authority that is made for one run is gone afterwards, however the run ended."""

import gc
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mockcloud.server import folders
from mockcloud.server.certificates import CertificateAuthority


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(folders.tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_it_goes_with_its_authority(temporary: Path) -> None:
    authority = CertificateAuthority.fresh()
    assert authority.ca_file.is_relative_to(temporary)
    del authority
    gc.collect()
    assert list(temporary.iterdir()) == []


def test_a_killed_process_leaves_it_to_the_next_one(temporary: Path) -> None:
    code = (
        "import os, signal\n"
        "from mockcloud.server.certificates import CertificateAuthority\n"
        "authority = CertificateAuthority.fresh()\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", code], env={**os.environ, "TMPDIR": str(temporary)})
    assert killed.returncode == -signal.SIGKILL
    (left,) = temporary.iterdir()
    authority = CertificateAuthority.fresh()
    assert not left.exists()
    assert list(temporary.iterdir()) == [authority.ca_file.parent]


def test_what_is_in_use_or_not_ours_stays(temporary: Path) -> None:
    used = CertificateAuthority.fresh()
    named_alike = temporary / "mockcloud-ca-project"
    with_more = temporary / "mockcloud-ca-abcd1234"
    for folder in (named_alike, with_more):
        folder.mkdir()
    (with_more / "notes.txt").touch()
    (temporary / "mockcloud-ca-efgh5678").symlink_to(named_alike)
    folders.sweep()
    assert used.ca_file.exists()
    assert named_alike.exists()
    assert (with_more / "notes.txt").exists()
    assert (temporary / "mockcloud-ca-efgh5678").is_symlink()
