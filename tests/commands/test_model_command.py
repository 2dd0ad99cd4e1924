"""``mockcloud model test``: what was understood, and why not."""

import json

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
