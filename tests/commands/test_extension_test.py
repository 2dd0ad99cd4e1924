"""``mockcloud extension test``: the console's test page on the command line."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner

from mockcloud.cic.operations import DeleteExtension, PutExtension
from mockcloud.commands import command_line, testpage
from tests.cloud.extensions.skills import PIZZA, answer
from tests.commands.conftest import CloudInThread, Run

ID = PIZZA["id"]


class Shop(ThreadingHTTPServer):
    """Says what it was asked, and keeps it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.asked: list[Any] = []
        self.signatures: list[str] = []


class _Answering(BaseHTTPRequestHandler):
    server: Shop

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append(message)
        self.server.signatures.append(self.headers["SignatureCEK"])
        slots = message["request"]["intent"]["slots"]
        body = json.dumps(answer(" ".join(slot["value"] for slot in slots.values()) or "네")).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *values: Any) -> None:  # noqa: A002 - the name of http.server
        pass


@pytest.fixture
def shop(cloud: CloudInThread) -> Iterator[Shop]:
    registration = {name: value for name, value in PIZZA.items() if name != "id"}
    with Shop() as shop:
        thread = Thread(target=shop.serve_forever, args=(0.01,))
        thread.start()
        cloud.ask(PutExtension(ID, {**registration, "url": f"http://127.0.0.1:{shop.server_port}/"}))
        yield shop
        shop.shutdown()
        thread.join()


@pytest.mark.spec("K-150", "K-151", "K-154")
def test_people_see_how_it_was_understood_and_both_messages(run: Run, cloud: CloudInThread, shop: Shop) -> None:
    ended = run("extension", "test", ID, "바베큐 피자 1판 주문해줘", *cloud.flags())
    assert ended.exit_code == 0, ended.output
    for row in ("intent     OrderPizza", "pizzaType = 바베큐", "pizzaAmount = 1", "runner-up", "speech     바베큐 1"):
        assert row in ended.stdout
    assert '"applicationId": "com.example.extension.pizzabot"' in ended.stdout
    assert '"shouldEndSession": true' in ended.stdout


def test_programs_get_it_as_json(run: Run, cloud: CloudInThread, shop: Shop) -> None:
    page = json.loads(run("extension", "test", ID, "치즈 피자 시켜줘", "--json", *cloud.flags()).stdout)
    assert page["request"] == shop.asked[0]
    assert (page["intent"], page["speech"]) == ("OrderPizza", "치즈")


Edits = Callable[..., None]


@pytest.fixture
def edits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Edits:
    """What the editor makes of the request, each time that it opens: ``edits(lambda text: text + "x")``."""
    monkeypatch.setattr(testpage.tempfile, "tempdir", str(tmp_path))

    def editing(*changes: Callable[[str], str]) -> None:
        left = list(changes)

        def edit(*, filename: str) -> None:
            file = Path(filename)
            file.write_text(left.pop(0)(file.read_text(encoding="utf-8")), encoding="utf-8")

        monkeypatch.setattr(testpage.click, "edit", edit)

    return editing


@pytest.fixture
def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(testpage, "is_asked_at_a_terminal", lambda: True)


def without(text: str) -> Callable[[str], str]:
    return lambda request: request.replace(text, "", 1)


def vegetables(request: str) -> str:
    return request.replace('"치즈"', '"야채"')


EDIT = ("extension", "test", ID, "치즈 피자 시켜줘", "--edit")


@pytest.mark.spec("K-152")
def test_a_request_is_edited_and_sent_again(
    run: Run, cloud: CloudInThread, shop: Shop, edits: Edits, tmp_path: Path
) -> None:
    edits(vegetables, str)
    assert json.loads(run(*EDIT, "--json", *cloud.flags()).stdout)["speech"] == "야채"
    first, second = shop.asked
    assert second["session"] == first["session"]
    assert len({*shop.signatures}) == 2
    assert "not sent again" in run(*EDIT, *cloud.flags()).stderr
    assert len(shop.asked) == 3
    assert not list(tmp_path.glob("*.json"))


@pytest.mark.spec("K-152")
def test_an_edit_that_is_no_json_is_kept(
    run: Run, cloud: CloudInThread, shop: Shop, edits: Edits, tmp_path: Path
) -> None:
    edits(lambda request: vegetables(without(":")(request)))
    ended = run(*EDIT, *cloud.flags())
    (kept,) = tmp_path.glob("*.json")
    assert (ended.exit_code, len(shop.asked)) == (2, 1)
    assert f"{kept}:2:13: no JSON: expecting ':' delimiter" in ended.stderr
    assert f"the edited request is kept; `--request {kept}` sends it" in ended.stderr
    kept.write_text(kept.read_text(encoding="utf-8").replace('"version"', '"version":'), encoding="utf-8")
    assert run("extension", "test", ID, "--request", str(kept), *cloud.flags()).exit_code == 0
    assert shop.asked[1]["request"]["intent"]["slots"]["pizzaType"]["value"] == "야채"


@pytest.mark.usefixtures("at_a_terminal")
def test_the_editor_opens_again_for_what_is_wrong(
    cloud: CloudInThread, shop: Shop, edits: Edits, tmp_path: Path
) -> None:
    edits(without("{"), lambda request: "{" + vegetables(request))
    ended = CliRunner().invoke(command_line, [*EDIT, "--json", *cloud.flags()], input="\n")
    assert json.loads(ended.stdout)["speech"] == "야채"
    assert ":2:12: no JSON" in ended.stderr
    assert not list(tmp_path.glob("*.json"))


@pytest.mark.usefixtures("at_a_terminal")
@pytest.mark.parametrize(("answer", "code"), [("n\n", 2), ("", 1)], ids=["no", "Ctrl-D"])
def test_whoever_gives_up_keeps_the_edit(
    cloud: CloudInThread, shop: Shop, edits: Edits, tmp_path: Path, answer: str, code: int
) -> None:
    edits(without("{"))
    ended = CliRunner().invoke(command_line, [*EDIT, *cloud.flags()], input=answer)
    (kept,) = tmp_path.glob("*.json")
    assert (ended.exit_code, str(kept) in ended.stderr) == (code, True)


def test_an_edit_that_is_refused_is_kept(
    run: Run, cloud: CloudInThread, shop: Shop, edits: Edits, tmp_path: Path
) -> None:
    def extension_goes(request: str) -> str:
        cloud.ask(DeleteExtension(ID))
        return vegetables(request)

    edits(extension_goes)
    ended = run(*EDIT, *cloud.flags())
    (kept,) = tmp_path.glob("*.json")
    assert ended.exit_code == 2
    assert "No such extension" in ended.stderr
    assert str(kept) in ended.stderr


def test_without_an_editor_nothing_is_left(
    run: Run, cloud: CloudInThread, shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VISUAL", str(tmp_path / "no-such-editor"))
    monkeypatch.setattr(testpage.tempfile, "tempdir", str(tmp_path))
    ended = run(*EDIT, *cloud.flags())
    assert (ended.exit_code, "no-such-editor" in ended.stderr) == (1, True)
    assert not list(tmp_path.glob("*.json"))


@pytest.mark.spec("K-152")
def test_a_request_in_a_file_is_sent(run: Run, cloud: CloudInThread, shop: Shop, own_place: Path) -> None:
    run("extension", "test", ID, "치즈 피자 시켜줘", *cloud.flags())
    file = own_place / "request.json"
    file.write_text(json.dumps(shop.asked[0]), encoding="utf-8")
    page = json.loads(run("extension", "test", ID, "--request", str(file), "--json", *cloud.flags()).stdout)
    assert shop.asked == [shop.asked[0]] * 2
    assert (page["utterance"], page["intent"]) == (None, "OrderPizza")


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "request.json:1:2: no JSON"), ("[]", "request.json:1:1: a request is a JSON object")],
)
def test_a_file_that_holds_no_request_is_refused(
    run: Run, cloud: CloudInThread, own_place: Path, text: str, said: str
) -> None:
    (own_place / "request.json").write_text(text, encoding="utf-8")
    ended = run("extension", "test", ID, "--request", "request.json", *cloud.flags())
    assert (ended.exit_code, said in ended.stderr) == (2, True), ended.output


def test_what_is_not_understood_or_not_answered_is_exit_code_1(run: Run, cloud: CloudInThread, shop: Shop) -> None:
    missed = run("extension", "test", ID, "우주선 발사 각도", *cloud.flags())
    assert (missed.exit_code, shop.asked) == (1, [])
    assert "! no_match: " in missed.stdout
    registration = {name: value for name, value in PIZZA.items() if name != "id"}
    cloud.ask(PutExtension(ID, {**registration, "url": "http://127.0.0.1:9/"}))
    down = run("extension", "test", ID, "치즈 피자 시켜줘", *cloud.flags())
    assert down.exit_code == 1
    assert "intent     OrderPizza" in down.stdout
    assert "! connect: " in down.stdout


def test_one_of_utterance_and_file_is_needed(run: Run, cloud: CloudInThread) -> None:
    assert run("extension", "test", ID, *cloud.flags()).exit_code == 2
    assert run("extension", "test", ID, "네", "--request", "x.json", *cloud.flags()).exit_code == 2
    assert run("extension", "test", ID, "--request", "x.json", *cloud.flags()).exit_code == 2
