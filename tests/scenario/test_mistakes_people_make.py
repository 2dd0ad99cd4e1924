"""The mistakes that people make in a file, as ``mockcloud replay`` tells them: file, line, cure, exit code 2."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from mockcloud.commands import command_line
from mockcloud.errors import EXIT_USAGE
from mockcloud.replay import replay
from mockcloud.settings import Settings
from tests.cic.conversation import catalogue
from tests.scenario.test_scenario_loading import loaded

HEAD = "mockcloud: 1\ntitle: t\n"
STEP = "steps: [{type: x}]\n"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        pytest.param(
            "rules:\n  - when: {says: x}\n   then: []\n",
            5,
            "begin in the same column",
            id="an entry that is indented less than its list",
        ),
        pytest.param("steps:\n  - type: x\n      expect: {status: 200}\n", 5, "", id="an entry that is indented more"),
        pytest.param("steps:\n\t- type: x\n", 4, "a tab indents this line", id="a tab"),
        pytest.param("stepss: []\n", 3, "Did you mean `steps`?", id="an unknown key"),
        pytest.param("steps: {type: x}\n", 3, "list", id="a wrong type"),
        pytest.param("steps: [{type: 5}]\n", 3, "5", id="a number for words"),
        pytest.param("steps: [{type: x, type: y}]\n", 3, "stands here twice", id="a key that stands twice"),
        pytest.param(
            "steps: [{push: Clova.RenderTex}]\n", 3, "did you mean Clova.RenderText?", id="an unknown directive"
        ),
        pytest.param("steps: [{event: Clova.Hello}]\n", 3, "there is no event", id="a directive for an event"),
        pytest.param(
            "steps: [{push: Notifier.SetIndicator, with: {new: yes}}]\n", 3, "true", id="yes, which is text in YAML 1.2"
        ),
        pytest.param("given: {account: {strict: on}}\n", 3, "true", id="on, which is text too"),
        pytest.param("given: {clock: 07:30}\n", 3, "'07:30' is not a date", id="a time without a date"),
        pytest.param("given: {edition: 4.4}\n", 3, "4.4", id="an edition that is a number without quotes"),
        pytest.param("include: [none.yaml]\n", 3, "none.yaml cannot be included", id="a missing file"),
        pytest.param("include: [t.yaml]\n", 3, "files include each other", id="a file that includes itself"),
        pytest.param("steps: [{type: '${now +}'}]\n", 3, "now +", id="a broken expression"),
        pytest.param("steps: [{type: '${now'}]\n", 3, "${now", id="an expression without an end"),
        pytest.param("steps: [{type: '${wrods}'}]\n", 3, "`wrods` means nothing", id="an unknown name"),
        pytest.param("steps: [{type: \"${'x' * 1000000000}\"}]\n", 3, "*", id="an expression that grows without end"),
        pytest.param(
            "rules:\n  - {name: all, when: {}}\n  - {name: some, when: {says: x}}\n",
            5,
            "'some' can never win: rule 'all' (line 4)",
            id="a rule that another one shadows",
        ),
        pytest.param("steps: [{wait: 5}]\n", 3, "5", id="a duration without a unit"),
        pytest.param(
            "steps: [{wait: 99999h}]\n", 3, "`advance` moves the clocks", id="a wait that takes years to live through"
        ),
        pytest.param(
            "steps: [{type: x, expect: {directive: Clova.RenderText, within: P32D}}]\n",
            3,
            "nobody waits longer than 31 days",
            id="an expectation that takes months to fail",
        ),
        pytest.param(f"steps: [{{advance: {'9' * 400}s}}]\n", 3, "no calendar goes there", id="an age of the universe"),
        pytest.param('steps: [{type: "\\ud800"}]\n', 3, "half a character", id="half a character"),
        pytest.param("steps: [{type: x, expect: {within: 5s}}]\n", 3, "expects nothing", id="an empty expectation"),
        pytest.param(
            "steps: [{type: x, expect: {directive: Clova.RenderText, payload: {txt: y}}}]\n",
            3,
            "did you mean `text`?",
            id="a misspelt member",
        ),
        pytest.param(
            "rules: [{when: {says: {contians: x}}}]\n", 3, "did you mean `contains`?", id="a misspelt operator"
        ),
        pytest.param(
            "rules: [{when: {event: TextRecognizer.Recognize, payload: {text: {contians: x}}}}]\n",
            3,
            "did you mean `contains`?",
            id="a misspelt operator in a payload",
        ),
        pytest.param(
            "steps: [{type: x, expect: {directive: Clova.RenderText, payload: {text: {mathces: y}}}}]\n",
            3,
            "did you mean `matches`?",
            id="a misspelt operator in an expectation",
        ),
        pytest.param("steps: [{type: x, expect: {status: {gt: 200}}}]\n", 3, "`gt` is not an operator", id="unknown"),
        pytest.param("mockcloud: 1\n", 3, "stands here twice", id="a second head"),
    ],
)
def test_a_mistake(tmp_path: Path, text: str, line: int, said: str) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(HEAD + text, encoding="utf-8")
    outcome = CliRunner().invoke(command_line, ["replay", str(file)])
    assert outcome.exit_code == EXIT_USAGE, outcome.output
    assert f"{file}:{line}:" in outcome.output
    assert said in outcome.output


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    outcome = CliRunner().invoke(command_line, ["replay", str(tmp_path / "none.yaml")])
    assert outcome.exit_code == EXIT_USAGE
    assert "none.yaml" in outcome.output


def test_a_time_without_quotes_is_a_text() -> None:
    scenario = loaded("given: {clock: 2026-01-01T07:30:00+09:00}\n" + STEP)
    assert scenario.given["clock"] == "2026-01-01T07:30:00+09:00"


def test_rules_that_answer_each_other_for_ever_end_with_the_last_step() -> None:
    scenario = loaded(
        "rules:\n  - when: {event: SpeechSynthesizer.SpeechFinished}\n    then: [{speak: 아}]\n"
        "  - when: {says: x}\n    then: [{speak: 아}]\n"
        "steps:\n  - type: x\n  - wait: 20s\n"
    )
    report = replay(scenario, catalogue=catalogue(), settings=Settings())
    assert report.passed
    assert report.virtual_seconds < 30
