"""``mockcloud certs``, and where the user's authority is kept."""

import json
import ssl
from pathlib import Path

import pytest

from mockcloud.commands.authority import user_folder
from tests.commands.conftest import Run


def test_one_authority_a_user(run: Run, tmp_path: Path) -> None:
    kept = tmp_path / "home" / ".local" / "share" / "mockcloud" / "certs" / "ca.pem"
    assert run("certs", "path").stdout == f"{kept}\n"
    pem = kept.read_text()
    assert run("certs", "export").stdout == pem
    assert "CA file" in run("certs", "show").stdout
    assert kept.read_text() == pem


def test_formats(run: Run, own_place: Path) -> None:
    pem = run("certs", "export").stdout
    assert run("certs", "export", "--format", "der").stdout_bytes == ssl.PEM_cert_to_DER_cert(pem)
    assert run("certs", "export", "--format", "c-header", "--out", "ca.h").exit_code == 0
    assert "mockcloud_ca_der" in (own_place / "ca.h").read_text()


def test_another_folder_and_kind_of_key(run: Run, own_place: Path) -> None:
    shown = json.loads(run("certs", "show", "--json", "--certs", "here", "--key-type", "rsa").stdout)
    assert shown["ca_file"] == str(own_place / "here" / "ca-rsa.pem")
    assert shown["key_type"] == "rsa"


def test_a_file_that_cannot_be_written(run: Run) -> None:
    done = run("certs", "export", "--out", "no/ca.pem")
    assert done.exit_code == 3
    assert "no/ca.pem" in done.stderr


@pytest.mark.parametrize(
    ("platform", "environ", "folder"),
    [
        ("linux", {"HOME": "/h"}, "/h/.local/share/mockcloud/certs"),
        ("linux", {"HOME": "/h", "XDG_DATA_HOME": "/x"}, "/x/mockcloud/certs"),
        ("darwin", {"HOME": "/h", "XDG_DATA_HOME": "/x"}, "/h/Library/Application Support/mockcloud/certs"),
        ("win32", {"USERPROFILE": "/h", "LOCALAPPDATA": "/l"}, "/l/mockcloud/certs"),
    ],
)
def test_where_platforms_keep_such_files(platform: str, environ: dict[str, str], folder: str) -> None:
    assert user_folder(environ, platform) == Path(folder)
