"""``mockcloud dialog``: an extension talked with line by line, recorded, and held against what was recorded."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mockcloud.cic.operations import SetClock, WaitForJournal
from mockcloud.clock import SECOND
from mockcloud.commands import command_line
from mockcloud.commands.control_client import ControlClient
from mockcloud.commands.dialog_file import DialogFile, write
from mockcloud.commands.talking import Asked, Spoken, Talk
from mockcloud.errors import NothingToRun, UnreadableInput
from mockcloud.nlu.building import ModelFiles
from mockcloud.nlu.invocation import Callee, read
from tests.commands.conftest import CloudInThread
from tests.examples.samples import EXAMPLES, registered, served

PIZZA = "com.example.extension.pizzabot"
Dialog = Callable[..., Result]


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    with served("pizza") as url:
        yield url


@pytest.fixture
def dialog(cloud: CloudInThread, shop: str) -> Dialog:
    """Talk with the pizza shop: ``dialog("치즈 피자", "두 판", flags=["--json"])``."""
    cloud.cloud.machine.core.accounts.by_id["default"].extensions.clear()
    cloud.ask(registered(EXAMPLES / "pizza" / "extensions" / f"{PIZZA}.yaml", f"{shop}/ko"))

    def talking(*lines: str, flags: tuple[str, ...] = ("--extension", PIZZA)) -> Result:
        typed = "".join(f"{line}\n" for line in lines)
        return CliRunner().invoke(command_line, ["dialog", *flags, *cloud.flags()], input=typed)

    return talking


def test_a_whole_order_line_by_line(dialog: Dialog) -> None:
    ended = dialog("치즈 피자로 할게", "두 판", "응")
    assert ended.exit_code == 0, ended.output
    assert ended.stdout.splitlines() == [
        "> 피자봇 시작해줘",
        "  LaunchRequest",
        "< 피자봇입니다. 어떤 피자를 드릴까요?",
        "> 치즈 피자로 할게",
        "  OrderPizza  pizzaType=치즈",
        "< 치즈 피자를 몇 판 드릴까요?",
        "> 두 판",
        "  AddInfo  pizzaAmount=2",
        "< 치즈 피자 2판을 주문할까요?",
        "> 응",
        "  Clova.YesIntent",
        "< 치즈 피자 2판을 주문했어요. 맛있게 드세요.",
        "  (no session is open)",
    ]


def test_without_a_session_the_words_call_the_extension(dialog: Dialog) -> None:
    only = ("--no-launch",)
    said = dialog("메뉴 알려줘", "종료해줘", "피자봇에서 메뉴 알려줘", flags=only).stdout
    assert said.count("  ProvideMenu") == 2
    assert said.count("> 피자봇에서 메뉴 알려줘") == 2


@pytest.mark.parametrize("name_and_lang", [("피자봇", "ko"), ("ピザ屋さん", "ja"), ("pizza bot", "en")])
def test_the_words_that_call_open_and_end_are_understood(name_and_lang: tuple[str, str]) -> None:
    name, lang = name_and_lang
    talk = Talk(ControlClient("http://127.0.0.1:9"), "default", {"invocation_names": [name], "lang": lang})
    callee = Callee("a.b", (name,), lang, ModelFiles())
    assert read(talk.launch, [callee]).request == "LaunchRequest"
    assert read(talk.end, [callee], session="a.b").request == "SessionEndedRequest"
    called = read(talk.called("xyz"), [callee])
    assert (called.by_name, called.command) == (True, "xyz")
    assert talk.called(talk.called("xyz")) == talk.called("xyz")


def test_commands_of_the_dialog(dialog: Dialog) -> None:
    ended = dialog("/show", "/end", "/end", "/reset", "/reset", "/help", "/nothing", "", "/quit", "메뉴 알려줘")
    assert ended.exit_code == 0, ended.output
    assert '"type": "LaunchRequest"' in ended.stdout
    assert ended.stdout.count("  SessionEndedRequest") == 2
    assert ended.stdout.count("  LaunchRequest") == 3
    assert "/reset  end the session, and open it anew" in ended.stderr
    assert "there is no /nothing" in ended.stderr
    assert "no session is open" in ended.stderr
    assert "ProvideMenu" not in ended.stdout


def test_a_turn_as_json(dialog: Dialog) -> None:
    launch, order = map(json.loads, dialog("치즈 피자로 할게", flags=("--json",)).stdout.splitlines())
    assert launch["asked"] == [{"request": "LaunchRequest"}]
    assert order == {
        "say": "치즈 피자로 할게",
        "asked": [{"request": "IntentRequest", "intent": "OrderPizza", "slots": {"pizzaType": "치즈"}}],
        "speech": ["치즈 피자를 몇 판 드릴까요?"],
        "session": "open",
        "wrong": [],
    }


def test_what_is_recorded_replays(dialog: Dialog, own_place: Path) -> None:
    file = own_place / "order.yaml"
    assert dialog("BBQ 피자 두 판 주문해줘", "응", flags=("--record", str(file))).exit_code == 0
    replayed = dialog(flags=("--replay", str(file)))
    assert replayed.exit_code == 0, replayed.output
    assert "< 바베큐 피자 2판을 주문했어요. 맛있게 드세요." in replayed.stdout


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("몇 판 드릴까요?", "얼마나요?", "order.yaml:7:13: turn 1, '치즈 피자로 할게': speech[0]: expected"),
        ("intent: OrderPizza", "intent: AddInfo", "asked[0].intent: expected 'AddInfo', found 'OrderPizza'"),
        ("slots: {pizzaType: 치즈}", "slots: {}", "asked[0].slots.pizzaType: expected"),
        ("session: open", "session: over", "session: expected 'over', found 'open'"),
    ],
)
def test_what_differs_is_told_with_its_place(own_place: Path, old: str, new: str, told: str) -> None:
    asked = (Asked("IntentRequest", "OrderPizza", {"pizzaType": "치즈"}),)
    turn = Spoken("치즈 피자로 할게", asked, ("치즈 피자를 몇 판 드릴까요?",), True)
    write(own_place / "order.yaml", PIZZA, [turn])
    text = (own_place / "order.yaml").read_text(encoding="utf-8")
    assert DialogFile(Path("order.yaml")).differences(0, turn) == []
    assert old in text
    (own_place / "order.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    (difference,) = DialogFile(Path("order.yaml")).differences(0, turn)
    assert told in str(difference)


def test_a_difference_is_exit_code_1(dialog: Dialog, own_place: Path) -> None:
    turn = "{say: 피자봇 시작해줘, speech: [무엇을 드릴까요?], session: open}"
    (own_place / "order.yaml").write_text(f"dialog: 1\nextension: {PIZZA}\nturns:\n  - {turn}\n", encoding="utf-8")
    ended = dialog(flags=("--replay", "order.yaml"))
    assert ended.exit_code == 1
    assert "order.yaml:4:" in ended.stderr
    (told,) = map(json.loads, dialog(flags=("--replay", "order.yaml", "--json")).stdout.splitlines())
    assert len(told["differences"]) == 1


def test_a_recording_may_hold_patterns_and_less() -> None:
    spoken = Spoken("네", (Asked("IntentRequest", "Throw", {"count": "2"}),), ("결과는 3, 4",), True)
    file = Path("loose.yaml")
    turn = "{say: 네, asked: [{intent: Throw}], speech: [{matches: '^결과는 [1-6], [1-6]$'}]}"
    file.write_text(f"dialog: 1\nextension: a.b\nturns:\n  - {turn}\n", encoding="utf-8")
    recorded = DialogFile(file)
    assert recorded.words == ["네"]
    assert recorded.differences(0, spoken) == []
    assert recorded.differences(0, Spoken("네", spoken.asked * 2, spoken.speech)) != []
    assert recorded.differences(0, Spoken("네", spoken.asked, ("결과는 7, 4",))) != []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("dialog: 1\nextension: a.b\nturns: [{says: 네}]\n", "bad.yaml:3:10: "),
        ("dialog: 2\nextension: a.b\nturns: [{say: 네}]\n", "bad.yaml:1:9: "),
        ("dialog: 1\nextension: a.b\nturns: [{say: 네, speech: [{matches: '('}]}]\n", "bad.yaml:3:"),
    ],
)
def test_a_file_that_is_no_dialog_is_refused(dialog: Dialog, text: str, said: str) -> None:
    Path("bad.yaml").write_text(text, encoding="utf-8")
    ended = dialog(flags=("--replay", "bad.yaml"))
    assert (ended.exit_code, said in ended.stderr) == (2, True), ended.output
    with pytest.raises(UnreadableInput):
        DialogFile(Path("bad.yaml"))


def test_a_dialog_without_turns_is_never_a_pass(dialog: Dialog) -> None:
    Path("empty.yaml").write_text("dialog: 1\nextension: a.b\nturns: []\n", encoding="utf-8")
    assert dialog(flags=("--replay", "empty.yaml")).exit_code == NothingToRun.exit_code == 5


def test_a_failing_extension_is_told_of(dialog: Dialog, cloud: CloudInThread) -> None:
    down = registered(EXAMPLES / "pizza" / "extensions" / f"{PIZZA}.yaml", "http://127.0.0.1:9/ko")
    cloud.ask(down)
    said = dialog().stdout
    assert "! nobody listens at 127.0.0.1:9" in said
    assert "< 죄송해요. 지금은 서비스를 이용할 수 없어요." in said
    assert "  (no session is open)" in said


def test_whom_to_talk_with_has_to_be_clear(dialog: Dialog, cloud: CloudInThread) -> None:
    file = EXAMPLES / "pizza" / "extensions" / f"{PIZZA}.ja.yaml"
    cloud.ask(registered(file, "http://127.0.0.1:9/ja"))
    ended = dialog(flags=())
    assert ended.exit_code == 2
    assert f"--extension ID; the account 'default' has: {PIZZA}, {PIZZA}.ja" in ended.stderr
    assert dialog(flags=("--extension", "no.such")).exit_code == 2


@pytest.mark.spec("K-113")
def test_silence_between_two_lines_is_told_of(dialog: Dialog, cloud: CloudInThread) -> None:
    with ControlClient(cloud.cloud.control_url) as control:
        extension = control.extension("GET", "default", PIZZA)
        with Talk(control, "default", extension) as talk:
            assert talk.say(talk.launch).is_open
            for _ in range(2):  # the reprompt, then the end
                cloud.ask(SetClock(account="default", action="advance", by="PT1M"))
            cloud.ask(WaitForJournal(match={"extension": PIZZA, "request": "SessionEndedRequest"}))
            assert talk.between().ended
            assert not talk.is_open


def test_a_dialog_leaves_no_session_and_no_device_behind(dialog: Dialog, cloud: CloudInThread) -> None:
    account = cloud.cloud.machine.core.accounts.by_id["default"]
    before = set(account.devices)
    dialog("치즈 피자로 할게")
    assert set(account.devices) == before
    names = [entry.name for entry in account.journal.find(lambda entry: entry.kind == "cek-request")]
    assert names == ["LaunchRequest", "IntentRequest OrderPizza", "SessionEndedRequest"]


@pytest.mark.spec("C-087", "K-112")
def test_patience_is_that_of_the_dialog_alone(dialog: Dialog, cloud: CloudInThread) -> None:
    account = cloud.cloud.machine.core.accounts.by_id["default"]
    settings = account.settings
    for patience, waits_for in ((("--patience", "10m"), 600_000), ((), 7_000)):
        assert dialog(flags=("--device", "bench-1", *patience)).exit_code == 0
        assert _waited_for(account.journal) == waits_for
    assert account.settings is settings


def _waited_for(journal: Any) -> int:
    """``timeoutInMilliseconds`` of the latest question."""
    asked = journal.find(lambda entry: entry.name == "SpeechRecognizer.ExpectSpeech")[-1].as_json()
    return int(asked["message"]["directive"]["payload"]["timeoutInMilliseconds"])


@pytest.mark.parametrize("ends_by", [KeyboardInterrupt, EOFError, RuntimeError])
def test_patience_ends_however_the_dialog_does(
    dialog: Dialog, cloud: CloudInThread, monkeypatch: pytest.MonkeyPatch, ends_by: type[BaseException]
) -> None:
    devices = cloud.cloud.machine.core.accounts.by_id["default"].devices
    seen = []

    def read() -> str:
        seen.append(devices["bench-1"].question_timeout)
        raise ends_by

    monkeypatch.setattr("builtins.input", read)
    dialog(flags=("--device", "bench-1", "--patience", "10m"))
    assert seen == [600 * SECOND]
    assert devices["bench-1"].question_timeout is None


def test_patience_that_is_no_duration_is_refused(dialog: Dialog) -> None:
    ended = dialog(flags=("--patience", "soon"))
    assert (ended.exit_code, "'soon' is not a duration" in ended.stderr) == (2, True)


def test_a_device_of_ones_own_stays(dialog: Dialog, cloud: CloudInThread) -> None:
    assert dialog(flags=("--device", "bench-1")).exit_code == 0
    assert cloud.cloud.machine.core.accounts.by_id["default"].devices["bench-1"].session is None
