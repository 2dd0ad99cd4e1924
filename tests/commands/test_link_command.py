"""``mockcloud extension link`` and ``unlink``."""

import json
from pathlib import Path

import pytest

from tests.commands.conftest import CloudInThread, Run

ID = "com.example.linked"
YAML = """\
name: 피자봇
invocation_names: [피자봇]
url: http://127.0.0.1:9/clova
model: {intents: {Order: {tsv: "[INTENT EXPRESSION]\\n주문해줘\\n"}}}
"""


def done(run: Run, cloud: CloudInThread, *words: str, code: int = 0) -> str:
    ended = run("extension", *words, *cloud.flags())
    assert ended.exit_code == code, ended.output
    return str(ended.stdout if code == 0 else ended.stderr)


@pytest.fixture
def registered(run: Run, cloud: CloudInThread, own_place: Path) -> str:
    file = own_place / f"{ID}.yaml"
    file.write_text(f"{YAML}linking: {{built_in: true}}\n", encoding="utf-8")
    done(run, cloud, "put", str(file))
    return ID


@pytest.mark.spec("K-140", "K-149")
def test_it_prints_the_page_where_one_logs_in(run: Run, cloud: CloudInThread, registered: str) -> None:
    printed = done(run, cloud, "link", registered)
    assert printed.startswith(f"{cloud.cloud.device_url}/al/default/{ID}/authorize?state=")
    assert printed.count("\n") == 1
    started = json.loads(done(run, cloud, "link", registered, "--json"))
    assert started["redirect_uri"] == f"{cloud.cloud.device_url}/v1/al/token/"


@pytest.mark.spec("K-147", "K-148")
def test_it_links_breaks_and_unlinks_without_a_login(run: Run, cloud: CloudInThread, registered: str) -> None:
    linked = done(run, cloud, "link", registered, "--token", "abc", "--refresh-token", "r", "--expires-in", "1h")
    assert linked.startswith("linked: the access token abc ends ")
    assert "can be refreshed" in linked
    assert "has ended" in done(run, cloud, "link", registered, "--expire")
    assert "abc" not in done(run, cloud, "link", registered, "--revoke")
    assert "broken: " in done(run, cloud, "link", registered, "--break")
    done(run, cloud, "unlink", registered)
    assert done(run, cloud, "link", registered, "--show") == "unlinked\n"
    assert "does not end and cannot" in done(run, cloud, "link", registered, "--token", "abc")
    done(run, cloud, "unlink", registered)
    done(run, cloud, "unlink", registered)
    assert "No link" in done(run, cloud, "link", registered, "--break", code=1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--refresh-token", "r"), "go with --token"),
        (("--expires-in", "1h"), "go with --token"),
        (("--token", "a", "--expires-in", "soon"), "is not a duration"),
        (("--token", "a", "--break"), "give one of them"),
    ],
)
def test_flags_that_do_not_go_together(
    run: Run, cloud: CloudInThread, registered: str, words: tuple[str, ...], said: str
) -> None:
    assert said in done(run, cloud, "link", registered, *words, code=2)


def test_an_extension_that_has_no_linking(run: Run, cloud: CloudInThread, own_place: Path) -> None:
    file = own_place / f"{ID}.yaml"
    file.write_text(YAML, encoding="utf-8")
    done(run, cloud, "put", str(file))
    assert "built_in: true" in done(run, cloud, "link", ID, code=1)
    assert "No such extension" in done(run, cloud, "link", "no.such", code=2)
