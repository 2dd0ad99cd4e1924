"""``mockcloud model test``: what was understood, and why not."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from mockcloud.commands import command_line


def run(*args: str) -> tuple[int, str]:
    done = CliRunner().invoke(command_line, ["model", "test", *args])
    return done.exit_code, done.output


def test_it_says_intent_slots_example_and_runners_up() -> None:
    code, said = run("볼륨 5로 맞춰 줄래?")
    assert code == 0
    assert said.splitlines()[:4] == [
        "intent   SetLevel  1.000",
        "example  <target>볼륨</target> <amount>5</amount>로 맞춰줘",
        "slot     target = volume  (dict: '볼륨')",
        "slot     amount = 5  (builtin: '5')",
    ]
    assert "runners-up" in said


def test_it_says_what_was_nearest_when_nothing_fits() -> None:
    code, said = run("피자 주문해줘")
    assert code == 1
    assert said.startswith("not understood: nothing is like it: the nearest has ")
    assert "nearest" in said


def test_json_holds_the_whole_reading() -> None:
    code, said = run("明日の朝7時に起こして", "--lang", "ja", "--json")
    reading = json.loads(said)
    assert (code, reading["intent"], reading["slots"]) == (0, "AlarmSet", {"when": "明日の朝7時"})
    assert set(reading) == {"text", "lang", "intent", "slots", "score", "example", "spans", "runners_up", "why"}


def test_an_unknown_language_is_a_usage_error() -> None:
    assert run("안녕", "--lang", "xx")[0] == 2


MODELS = Path(__file__).parent.parent / "nlu" / "models"
MENU = "[INTENT EXPRESSION]\n메뉴 알려줘\n무슨 피자 있어\n"


def model(*args: object) -> tuple[int, str]:
    done = CliRunner().invoke(command_line, ["model", *map(str, args)])
    return done.exit_code, done.output


@pytest.mark.spec("K-037")
def test_build_tells_of_every_model_in_a_folder() -> None:
    code, said = model("build", MODELS / "ja")
    assert code == 0
    assert "my.pizza (ja) built: 4 intents" in said
    assert "each of 27 examples is understood as its own intent" in said


def test_build_as_json() -> None:
    done = CliRunner().invoke(command_line, ["model", "build", str(MODELS / "ko"), "--json"])
    reports = json.loads(done.stdout)
    assert [each["extension"] for each in reports] == sorted(each["extension"] for each in reports)
    assert {each["lang"] for each in reports} == {"ko"}
    assert all(each["built"] for each in reports)


def test_what_the_console_refuses_ends_with_2_and_every_place(tmp_path: Path) -> None:
    (tmp_path / "my.x_intent_A.tsv").write_text("[INTENT SLOT]\nx\tT\n[INTENT EXPRESSION]\n<x>가\n나</x>\n", "utf-8")
    code, said = model("build", tmp_path)
    assert code == 2
    assert "my.x_intent_A.tsv:4:1: <x> is never closed" in said
    assert "my.x_intent_A.tsv:5:2: </x> closes nothing" in said
    assert "has the type T, which is not there" in said
    assert model("test", "가", "--model", tmp_path)[0] == 2


def test_of_very_many_mistakes_the_first_are_shown(tmp_path: Path) -> None:
    examples = "".join(f"<x>가 {n}\n" for n in range(3000))
    (tmp_path / "my.x_intent_A.tsv").write_text(f"[INTENT SLOT]\nx\tT\n[INTENT EXPRESSION]\n{examples}", "utf-8")
    (tmp_path / "my.x_slottype_T.tsv").write_text("가\n", "utf-8")
    code, said = model("build", tmp_path)
    assert code == 2
    assert said.count("<x> is never closed") == 50
    assert "my.x_intent_A.tsv:4:1: <x> is never closed" in said
    assert said.endswith("\n... and 2,950 more\n")


def test_an_example_that_is_not_its_own_ends_with_1(tmp_path: Path) -> None:
    (tmp_path / "my.x_intent_A.tsv").write_text(MENU, "utf-8")
    (tmp_path / "my.x_intent_B.tsv").write_text(MENU, "utf-8")
    code, said = model("build", tmp_path)
    assert code == 1
    assert "not understood as its own intent: B: 메뉴 알려줘  (read as A)" in said


def test_a_model_of_files_is_asked() -> None:
    files = [f"--model={MODELS}/ja/my.pizza_{name}.tsv" for name in ("intent_OrderPizza", "slottype_PIZZA_TYPE")]
    code, said = model("test", "マルゲリータを二枚ください", *files)
    assert code == 0
    assert "slot     pizzaType = マルゲリータ" in said
    assert model("test", "天気は", *files)[0] == 1
    code, said = model("test", "메뉴", "--model", MODELS / "ko")
    assert code == 2
    assert "an utterance is read by one of them" in said


def test_no_model_is_no_pass_and_another_name_is_told(tmp_path: Path) -> None:
    assert model("build", tmp_path)[0] == 5
    (tmp_path / "pizza.tsv").write_text(MENU, "utf-8")
    code, said = model("build", tmp_path, tmp_path / "nowhere")
    assert code == 2
    assert "<extensionId>_intent_<Intent>.tsv" in said
    assert "nowhere: is not there" in said


@pytest.mark.spec("K-041", "K-043", "K-045")
def test_fmt_writes_what_the_console_exports(tmp_path: Path) -> None:
    assert model("fmt", "--check", MODELS / "ko", MODELS / "ja") == (0, "")
    file = tmp_path / "my.x_intent_Menu.tsv"
    file.write_bytes(MENU.replace("\n", "\r\n").encode("utf-16"))
    code, said = model("fmt", "--check", file)
    assert (code, said) == (1, f"would be written anew: {file}\n")
    assert model("fmt", file)[0] == 0
    assert file.read_bytes() == MENU.encode()
    broken = "[INTENT EXPRESSION]\n<x>가\n"
    file.write_text(broken, "utf-8")
    assert model("fmt", file)[0] == 2
    assert file.read_text("utf-8") == broken
