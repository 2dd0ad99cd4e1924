"""`mockcloud schema`: messages listed, shown, made and compared."""

import json

import pytest
from click.testing import CliRunner, Result

from mockcloud.catalogue import Catalogue
from mockcloud.catalogue.judgement import judge
from mockcloud.commands import command_line
from mockcloud.vocabulary.kinds import KINDS

CATALOGUE = Catalogue.load()


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(command_line, ["schema", *arguments])
    assert result.exit_code == code, result.output
    return result


def test_every_message_is_listed() -> None:
    messages = json.loads(run("list", "--json").stdout)["messages"]
    assert {message["kind"] for message in messages} == set(KINDS)
    shown = run("list").stdout
    assert all(message["name"] in shown for message in messages)


def test_the_list_of_a_kind_and_of_an_edition() -> None:
    assert run("list", "--kind", "cek-response").stdout.splitlines()[1].split()[0] == "ExtensionAnswer"
    newer, old = (run("list", "--kind", "cek-request", "--edition", e).stdout for e in ("newer", "4.4"))
    assert "EventRequest" in newer
    assert "EventRequest" not in old


def test_a_message_is_shown_as_its_table() -> None:
    shown = run("show", "Clova.ExpectLogin").stdout
    assert shown.startswith("directive Clova.ExpectLogin  (newer, 4.4)\n")
    assert "no fields" in shown
    shown = run("show", "SpeechSynthesizer.Speak").stdout
    assert "cic/interfaces/speech-synthesizer.md § Speak directive  [C-096" in shown
    assert [line.split()[:2] for line in shown.splitlines() if line.startswith("  token")] == [["token", "string"]]
    assert "ttsLang ?" in shown


def test_fields_stand_below_what_they_are_inside_of() -> None:
    rows = run("show", "IntentRequest").stdout.splitlines()
    depth = {row.split()[0]: len(row) - len(row.lstrip()) for row in rows if row.startswith("  ") and row.strip()}
    assert depth["request"] < depth["intent"] < depth["slots"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_message_can_be_shown(kind: str) -> None:
    for name in CATALOGUE.names(kind):  # type: ignore[arg-type]
        assert name in run("show", name, "--kind", kind).stdout


def test_the_json_schema_of_an_edition() -> None:
    newer = json.loads(run("show", "DeviceControl.BtConnect", "--json").stdout)
    old = json.loads(run("show", "DeviceControl.BtConnect", "--json", "--edition", "4.4").stdout)
    assert (newer["x-editions"], old["x-editions"]) == (["newer"], ["4.4"])


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Clova.RenderTxt", "Clova.RenderText"),
        ("RenderText", "Clova.RenderText"),
        ("intentrequest", "IntentRequest"),
    ],
)
@pytest.mark.parametrize("command", [["show"], ["example"], ["diff", "4.4", "newer"]])
def test_an_unknown_name_comes_with_the_one_that_was_meant(command: list[str], name: str, meant: str) -> None:
    assert f"did you mean '{meant}'?" in run(*command, name, code=2).stderr


def test_a_name_of_the_other_edition() -> None:
    said = run("show", "DeviceControl.BtRescan", "--edition", "4.4", code=2).stderr
    assert "in the edition 4.4, but in the other one" in said


@pytest.mark.parametrize("name", ["Clova.RenderText", "SpeechRecognizer.Recognize", "Device.Display", "IntentRequest"])
@pytest.mark.parametrize("more", [[], ["--full"], ["--seed", "7"], ["--locale", "ja_JP"], ["--edition", "4.4"]])
def test_an_example_is_a_message_that_is_valid(name: str, more: list[str]) -> None:
    made = json.loads(run("example", name, *more).stdout)
    assert judge(CATALOGUE, made, edition="4.4" if "4.4" in more else "newer").valid


def test_an_example_is_the_same_for_the_same_seed() -> None:
    one, again, other = (run("example", "AudioPlayer.Play", "--seed", seed).stdout for seed in ("1", "1", "2"))
    assert one == again != other


def test_the_payload_alone() -> None:
    assert set(json.loads(run("example", "Clova.RenderText", "--payload").stdout)) == {"text"}


def test_what_is_different_between_the_editions() -> None:
    shown = run("diff", "4.4", "newer").stdout
    assert "+ directive DeviceControl.BtRescan  (only in newer)" in shown
    assert "- directive DeviceControl.BtRescan  (only in newer)" in run("diff", "newer", "4.4").stdout
    assert (
        "~ bluetooth.actions: + BtDelete, + BtPlay, + BtRescan"
        in run("diff", "4.4", "newer", "Device.DeviceState").stdout
    )
    assert "~ directive DeviceControl.BtConnect" in run("diff", "4.4", "newer", "DeviceControl.BtConnect").stdout


def test_no_difference_is_said_too() -> None:
    result = run("diff", "4.4", "newer", "Clova.Hello")
    assert (result.stdout, result.stderr) == ("", "no difference\n")
    assert json.loads(run("diff", "4.4", "newer", "Clova.Hello", "--json").stdout) == {"changes": []}
