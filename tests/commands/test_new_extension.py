"""``mockcloud new extension``: what it writes is registered, runs, and holds the conversation that comes with it."""

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from mockcloud import shims
from mockcloud.commands.registrations import read_registration
from mockcloud.commands.starters import TEMPLATES
from tests.commands.conftest import CloudInThread, Run
from tests.examples.samples import registered
from tests.patience import PATIENCE
from tests.sdk import installing

ID = "com.example.extension.cafe"


@contextmanager
def serving(folder: Path, *command: str, **environ: str) -> Iterator[str]:
    """Its server on a free port: the URL."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PORT": "0", **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


@pytest.mark.parametrize("lang", ["ko", "ja"])
def test_the_python_skill_holds_its_conversation(run: Run, cloud: CloudInThread, own_place: Path, lang: str) -> None:
    assert run("new", "extension", "cafe", "--lang", lang).exit_code == 0
    with serving(own_place / "cafe", sys.executable, "server.py") as url:
        cloud.ask(registered(own_place / "cafe" / "extensions" / f"{ID}.yaml", url))
        replayed = run("dialog", "--replay", "cafe/conversation.yaml", *cloud.flags())
        assert replayed.exit_code == 0, replayed.output


@pytest.mark.parametrize("lang", ["ko", "ja"])
def test_the_model_and_the_texts_of_both_skills_are_whole(run: Run, own_place: Path, lang: str) -> None:
    for sdk in ("python", "node"):
        assert run("new", "extension", sdk, "--sdk", sdk, "--lang", lang).exit_code == 0
        read = read_registration(own_place / sdk / "extensions" / f"com.example.extension.{sdk}.yaml")
        assert read.registration["lang"] == lang
        for file in (own_place / sdk).rglob("*.*"):
            assert "%" not in file.read_text(encoding="utf-8"), file
    assert json.loads((own_place / "node" / "package.json").read_text())["name"] == "node"


def test_the_node_skill_holds_its_conversation(
    run: Run, cloud: CloudInThread, own_place: Path, request: pytest.FixtureRequest
) -> None:
    assert run("new", "extension", "cafe", "--sdk", "node").exit_code == 0
    with serving(own_place / "cafe", "node", "server.js", NODE_PATH=str(_node_sdk(request))) as url:
        cloud.ask(registered(own_place / "cafe" / "extensions" / f"{ID}.yaml", f"{url}/"))
        replayed = run("dialog", "--replay", "cafe/conversation.yaml", *cloud.flags())
        assert replayed.exit_code == 0, replayed.output


@pytest.mark.spec("K-094", "K-096", "K-098")
def test_the_node_skill_checks_signatures_with_the_key_that_the_shim_gives_it(
    run: Run, cloud: CloudInThread, own_place: Path, request: pytest.FixtureRequest
) -> None:
    sdk = {"NODE_PATH": str(_node_sdk(request)), "CEK_CHECK": "on"}
    run("new", "extension", "cafe", "--sdk", "node")
    file = own_place / "cafe" / "extensions" / f"{ID}.yaml"
    cloud.ask(registered(file, "http://127.0.0.1:9/"))
    key = run("extension", "key", ID, *cloud.flags()).stdout
    replay = ("dialog", "--replay", "cafe/conversation.yaml", *cloud.flags())
    with serving(own_place / "cafe", "node", "server.js", **sdk, **shims.environment(key, os.environ)) as url:
        cloud.ask(registered(file, f"{url}/"))
        assert run(*replay).exit_code == 0
        for breakage in ("garbled", "other-body", "other-key"):
            whole = registered(file, f"{url}/")
            cloud.ask(replace(whole, registration={**whole.registration, "signature": breakage}))
            assert _refused(run, cloud) == "Invalid signature"
    with serving(own_place / "cafe", "node", "server.js", **sdk) as url:
        cloud.ask(registered(file, f"{url}/"))
        assert _refused(run, cloud) == "Invalid signature"
        assert run(*replay).exit_code == 1


def _refused(run: Run, cloud: CloudInThread) -> str:
    """What the skill says to a request that it refuses; Express answers an error with status 500 and a page."""
    ended = run("extension", "test", ID, "라떼 두 잔 주문해줘", "--json", *cloud.flags())
    page = json.loads(ended.stdout)
    assert (ended.exit_code, page["status"], page["error"]["kind"]) == (1, 500, "status")
    found = re.search(r"Invalid signature", json.dumps(page["response"]))
    return found.group() if found else str(page["response"])


def _node_sdk(request: pytest.FixtureRequest) -> Path:
    """Where the SDK is; the test is skipped where it is not to be had, but never in CI."""
    kept = request.config.cache
    assert kept is not None
    try:
        return installing.node_sdk(kept.mkdir("sdk"))
    except installing.Unavailable as reason:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI tests the skill on Node, but {reason}", pytrace=False)
        pytest.skip(f"the Node SDK is not to be had: {reason}")


@pytest.mark.spec("K-094")
def test_the_python_skill_checks_signatures_with_the_key(run: Run, cloud: CloudInThread, own_place: Path) -> None:
    run("new", "extension", "cafe")
    file = own_place / "cafe" / "extensions" / f"{ID}.yaml"
    cloud.ask(registered(file, "http://127.0.0.1:9/"))
    (own_place / "key.pem").write_text(run("extension", "key", ID, *cloud.flags()).stdout)
    with serving(own_place / "cafe", sys.executable, "server.py", CEK_PUBLIC_KEY=str(own_place / "key.pem")) as url:
        cloud.ask(registered(file, url))
        assert run("extension", "test", ID, "라떼 두 잔 주문해줘", *cloud.flags()).exit_code == 0
        for signature in (base64.b64encode(b"x" * 256).decode(), "%"):
            wrong = {"SignatureCEK": signature}
            answer = httpx.post(url, content=b"{}", headers=wrong, trust_env=False, timeout=PATIENCE)
            assert answer.status_code == 401


def test_nothing_is_written_over(run: Run, own_place: Path) -> None:
    assert run("new", "extension", "cafe").exit_code == 0
    (own_place / "cafe" / "server.py").write_text("mine")
    again = run("new", "extension", "cafe")
    assert again.exit_code != 0
    assert "is there already; --force" in again.stderr
    assert (own_place / "cafe" / "server.py").read_text() == "mine"
    assert run("new", "extension", "cafe", "--force").exit_code == 0
    assert (own_place / "cafe" / "server.py").read_text() != "mine"


@pytest.mark.parametrize("name", ["", "../up", "Cafe", "a b", "1st"])
def test_a_name_that_is_none_is_refused(run: Run, name: str) -> None:
    assert run("new", "extension", name).exit_code == 2


def test_every_template_is_used(run: Run, own_place: Path) -> None:
    written = set()
    for sdk in ("python", "node"):
        for lang in ("ko", "ja"):
            name = f"{sdk}-{lang}"
            run("new", "extension", name, "--sdk", sdk, "--lang", lang)
            files = [file for file in (own_place / name).rglob("*.*") if file.is_file()]
            written |= {file.name.removeprefix(f"com.example.extension.{name}_") for file in files}
    templates = {file.name.removesuffix(".txt") for file in TEMPLATES.rglob("*.*")}
    assert templates - {"registration.yaml"} <= written
