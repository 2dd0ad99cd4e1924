"""Where the SDKs come from, and what becomes of their tests where they are not to be had."""

from pathlib import Path

import pytest

from tests.sdk import installing
from tests.sdk.conftest import skill_on


@pytest.fixture
def unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(cache: Path) -> Path:
        raise installing.Unavailable("no network")

    monkeypatch.setattr(installing, "python_sdk", fail)


@pytest.mark.usefixtures("unavailable")
def test_what_is_not_to_be_had_is_skipped_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="the python SDK is not to be had: no network"):
        skill_on("python", tmp_path)


@pytest.mark.usefixtures("unavailable")
def test_in_ci_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no network"):
        skill_on("python", tmp_path)


def test_the_lock_names_no_registry() -> None:
    assert '"resolved"' not in (installing.HERE / "node" / "package-lock.json").read_text()


def test_without_node_there_is_no_node_sdk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(installing.Unavailable, match="node is not installed"):
        installing.node_sdk(tmp_path)


def test_an_installation_is_kept_unless_it_failed(tmp_path: Path) -> None:
    done: list[Path] = []

    def install(folder: Path) -> None:
        done.append(folder)
        (folder / "half").touch()
        if len(done) == 1:
            raise installing.Unavailable("no network")

    with pytest.raises(installing.Unavailable):
        installing.kept(tmp_path, "sdk", "1.0", install)
    there = installing.kept(tmp_path, "sdk", "1.0", install)
    assert installing.kept(tmp_path, "sdk", "1.0", install) == there
    assert [path.name for path in there.iterdir()] == ["half"]
    assert len(done) == 2
    assert installing.kept(tmp_path, "sdk", "1.1", install) != there
