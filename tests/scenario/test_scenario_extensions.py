"""``given.extensions``: extensions that a scenario registers and answers for; rules and expectations about them."""

from typing import Any

import pytest

from mockcloud.errors import Problem, UnreadableInput
from mockcloud.replay import Report, replay
from mockcloud.scenario.load import load_scenario
from mockcloud.settings import Settings
from tests.cic.conversation import Conversation, catalogue
from tests.cloud.extensions.skills import spoken
from tests.scenario.test_scenario_loading import loaded, problems

PIZZA = """
given:
  extensions:
    com.example.pizza:
      invocation_names: [피자봇]
      model:
        intents:
          OrderPizza:
            tsv: |
              [INTENT SLOT]
              pizzaType PIZZA_TYPE
              pizzaAmount CLOVA.NUMBER

              [INTENT EXPRESSION]
              <pizzaType>페퍼로니</pizzaType> <pizzaAmount>두 판</pizzaAmount> 주문해줘
              <pizzaType>치즈</pizzaType> 피자 시켜줘
        slot_types:
          PIZZA_TYPE: {tsv: "페퍼로니\\t페퍼로니 피자\\n치즈\\t치즈 피자\\n"}
"""
ANSWERS = """
      answers:
        - when: {request: LaunchRequest}
          then: {speak: 어떤 피자를 드릴까요?, ends: false, attributes: {asked: 1}}
        - when: {intent: OrderPizza, slots: {pizzaType: 페퍼로니}, attributes: {asked: 1}}
          then: {speak: "${slots.pizzaType} ${slots.pizzaAmount}판 주문했어요"}
        - when: {intent: OrderPizza}
          then: {speak: [치즈 피자요?, 몇 판 드릴까요?], ends: false, reprompt: 몇 판이요?}
"""


def run(text: str) -> Report:
    return replay(loaded(text), catalogue=catalogue(), settings=Settings())


def passes(text: str) -> Report:
    report = run(text)
    assert report.passed, "\n".join([*map(str, report.failures), *report.timeline()])
    return report


def test_a_conversation_without_a_server() -> None:
    report = passes(
        PIZZA
        + ANSWERS
        + """
steps:
  - type: 피자봇 시작해줘
    expect:
      - {extension: com.example.pizza, request: LaunchRequest, says: 피자봇 시작해줘}
      - {directive: Clova.StartExtension}
      - {directive: SpeechSynthesizer.Speak, says: 어떤 피자를 드릴까요}
      - {directive: SpeechRecognizer.ExpectSpeech}
  - say: 페퍼로니 두 판 주문해줘
    expect:
      - {extension: com.example.pizza, intent: OrderPizza, slots: {pizzaType: 페퍼로니, pizzaAmount: "2"}, as: order}
      - {directive: SpeechSynthesizer.Speak, says: {contains: 페퍼로니 2판}}
      - {directive: Clova.FinishExtension}
"""
    )
    assert report.way == "in memory"


def test_texts_in_a_list_are_a_list_of_speech_and_silence_is_followed_by_the_reprompt() -> None:
    passes(
        PIZZA
        + ANSWERS
        + """
steps:
  - type: 피자봇에서 치즈 피자 시켜줘
    expect:
      - {directive: SpeechSynthesizer.Speak, says: 치즈 피자요}
      - {directive: SpeechSynthesizer.Speak, says: 몇 판 드릴까요}
      - {directive: SpeechSynthesizer.Speak, says: 몇 판이요, via: downchannel, within: 1m}
      - {extension: com.example.pizza, request: SessionEndedRequest, within: 2m}
"""
    )


@pytest.fixture
def talk() -> Conversation:
    return Conversation()


def given(talk: Conversation, text: str) -> Any:
    from mockcloud.cic import operations as op

    return talk.ask(op.LoadScenario("default", f"mockcloud: 1\ntitle: a test\n{text}"))


def types(talk: Conversation, text: str) -> Any:
    if not hasattr(talk, "user"):
        talk.user = talk.speaker()  # type: ignore[attr-defined]
    return talk.user.event("TextRecognizer.Recognize", {"text": text}, dialog="d1")  # type: ignore[attr-defined]


@pytest.mark.spec("K-088")
def test_attributes_stay_unless_an_answer_says_others(talk: Conversation) -> None:
    extra = "        - {when: {request: LaunchRequest}, then: {speak: 네, ends: false, attributes: {a: 1}}}\n"
    more = "        - {when: {attributes: {a: 1}}, then: {speak: '${attributes.a}', ends: false}}\n"
    assert given(talk, PIZZA + "      answers:\n" + extra + more).status == 200
    types(talk, "피자봇 시작해줘")
    for _ in range(2):
        assert spoken(types(talk, "치즈 피자 시켜줘")) == ["1"]


def test_an_account_is_given_them_and_loses_those_of_the_scenario_before(talk: Conversation) -> None:
    assert given(talk, PIZZA + ANSWERS).status == 200
    assert spoken(types(talk, "피자봇 시작해줘")) == ["어떤 피자를 드릴까요?"]
    assert list(talk.account.extensions) == ["com.example.pizza"]
    assert given(talk, PIZZA.replace("com.example.pizza", "com.example.other") + ANSWERS).status == 200
    assert list(talk.account.extensions) == ["com.example.other"]
    assert given(talk, "rules: []").status == 200
    assert not talk.account.extensions
    assert talk.account.devices["speaker"].session is None


def test_what_no_answer_holds_for_is_a_failure_that_says_so(talk: Conversation) -> None:
    only = "      answers: [{when: {request: LaunchRequest}, then: {speak: 네, ends: false}}]\n"
    assert given(talk, PIZZA + only).status == 200
    types(talk, "피자봇 시작해줘")
    types(talk, "페퍼로니 두 판 주문해줘")
    (finding,) = [one for entry in talk.account.journal for one in entry.findings if one.code.startswith("extension")]
    assert finding.code == "extension.status"
    assert "no answer of given.extensions.com.example.pizza holds for IntentRequest OrderPizza" in finding.said


def test_an_expression_without_a_value_is_a_failure_with_its_place(talk: Conversation) -> None:
    answer = "      answers: [{then: {speak: '${slots.pizzaType}'}}]\n"
    assert given(talk, PIZZA + answer).status == 200
    types(talk, "피자봇 시작해줘")
    (finding,) = [one for entry in talk.account.journal for one in entry.findings if one.code == "extension.status"]
    assert finding.said.startswith("scenario:")
    assert "${slots.pizzaType} has no value" in finding.said


def test_a_whole_answer_goes_out_as_it_is(talk: Conversation) -> None:
    answer = "      answers: [{then: {answer: {response: {outputSpeech: {values: {value: 네}}}}}}]\n"
    assert given(talk, PIZZA + answer).status == 200
    types(talk, "피자봇 시작해줘")
    (came,) = talk.journal(kind="cek-response")
    assert came.message == {"response": {"outputSpeech": {"values": {"value": "네"}}}}
    assert came.findings


# Rules about extensions


RULED = """
rules:
  - {name: mine, when: {intent: OrderPizza, slots: {pizzaType: 치즈}}, then: [{speak: 제가 시킬게요}]}
  - {name: all, when: {extension: com.example.pizza, state: closed}, then: [{speak: 문 닫았어요}]}
"""


def test_a_rule_takes_what_an_extension_understands(talk: Conversation) -> None:
    assert given(talk, PIZZA + ANSWERS + RULED).status == 200
    assert spoken(types(talk, "피자봇에서 치즈 피자 시켜줘")) == ["제가 시킬게요"]
    assert spoken(types(talk, "피자봇에서 페퍼로니 두 판 주문해줘")) != ["제가 시킬게요"]
    assert spoken(types(talk, "피자봇 시작해줘")) == ["어떤 피자를 드릴까요?"]
    assert spoken(types(talk, "치즈 피자 시켜줘")) == ["제가 시킬게요"]


def test_a_rule_takes_whatever_is_said_to_an_extension(talk: Conversation) -> None:
    assert given(talk, PIZZA + ANSWERS + RULED).status == 200
    talk.account.state = "closed"
    assert spoken(types(talk, "피자봇 시작해줘")) == ["문 닫았어요"]
    assert spoken(types(talk, "안녕")) != ["문 닫았어요"]
    miss = talk.journal(kind="event")[-1]
    assert not miss.rule.startswith("rule")


def test_the_assistants_intents_are_understood_as_before(talk: Conversation) -> None:
    rule = "rules: [{name: louder, when: {intent: Increase}, then: [{speak: 네}]}]\n"
    assert given(talk, PIZZA + ANSWERS + rule).status == 200
    assert spoken(types(talk, "볼륨 3만큼 올려 줘")) == ["네"]


# Mistakes


def step(expect: str) -> str:
    return f"steps: [{{type: 안녕, expect: {expect}}}]\n"


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        (PIZZA, "an extension has either a server (`url`) or `answers`", ""),
        (PIZZA + "      url: http://h/\n" + ANSWERS, "an extension has either a server (`url`) or `answers`", ""),
        (PIZZA + "      url: ftp://h/\n", "url", ""),
        (PIZZA.replace("[피자봇]", "[]") + ANSWERS, "invocation_names", ""),
        (PIZZA.replace("com.example.pizza", "pizza") + ANSWERS, "pizza", ""),
        (PIZZA.replace("</pizzaType> 피자", "피자") + ANSWERS, "pizzaType", ""),
        (PIZZA.replace("pizzaType PIZZA_TYPE", "pizzaType PIZZA_TIPE") + ANSWERS, "PIZZA_TIPE", ""),
        (PIZZA + ANSWERS.replace("{intent: OrderPizza}", "{intent: OrderPiza}"), "no intent 'OrderPiza'", "OrderPizza"),
        (PIZZA + ANSWERS.replace("slots: {pizzaType", "slots: {pizzaTyp"), "no slot 'pizzaTyp'", "pizzaType"),
        (
            PIZZA + ANSWERS.replace("{intent: OrderPizza}", "{intent: OrderPizza, request: LaunchRequest}"),
            "only an IntentRequest has an intent",
            "",
        ),
        (PIZZA + ANSWERS.replace("${slots.pizzaType}", "${slot.pizzaType}"), "`slot` means nothing", "slots"),
        (PIZZA + ANSWERS.replace("{speak: 어떤", "{speek: 어떤"), "speek", "speak"),
        (PIZZA + "      answers: [{then: {card: {type: Nope}}}]\n", "card", ""),
        (PIZZA + "      answers: [{then: {answer: {}, ends: false}}]\n", "`ends` has no place beside", ""),
        (
            PIZZA + "      answers: [{then: {directives: [{directive: AudioPlayer.Plai}]}}]\n",
            "AudioPlayer.Plai",
            "AudioPlayer.Play",
        ),
        (PIZZA + ANSWERS + step("{extension: com.example.piza}"), "there is no extension", "com.example.pizza"),
        (
            PIZZA + ANSWERS + step("{extension: com.example.pizza, intent: Order}"),
            "com.example.pizza has no intent 'Order'",
            "",
        ),
        (
            PIZZA + ANSWERS + step("{extension: com.example.pizza, intent: OrderPizza, slots: {pizzaSize: L}}"),
            "OrderPizza has no slot 'pizzaSize'",
            "",
        ),
        (PIZZA + ANSWERS + step("{directive: Clova.Hello, intent: OrderPizza}"), "`intent` belongs to extension", ""),
        (
            PIZZA + ANSWERS + step("{directive: Clova.Hello, extension: com.example.pizza}"),
            "one message is directive or extension, not both",
            "",
        ),
        (PIZZA + ANSWERS + RULED.replace("OrderPizza", "OrderPitza"), "no intent 'OrderPitza'", "OrderPizza"),
        (PIZZA + ANSWERS + RULED.replace("pizzaType: 치즈", "pizzaTipe: 치즈"), "no slot 'pizzaTipe'", "pizzaType"),
        (
            PIZZA.replace("[피자봇]", "[피자봇, 피자집]").replace("given:", "given:\n  edition: '4.4'") + ANSWERS,
            "edition 4.4 takes one invocation name",
            "",
        ),
    ],
)
def test_mistakes(text: str, said: str, hint: str) -> None:
    found = problems(text)
    assert any(said in str(problem) and hint in problem.hint for problem in found), found
    assert all(problem.line for problem in found)


def test_an_intent_of_an_extension_that_is_not_given_is_taken_as_it_is() -> None:
    text = "rules: [{when: {extension: com.example.else, intent: Whatever}, then: [{speak: 네}]}]\n"
    assert loaded(text).rules[0].when.extension == "com.example.else"
    assert loaded(step("{extension: com.example.else, intent: Whatever}")).steps


def test_model_files_stand_beside_the_scenario() -> None:
    text = """mockcloud: 1
title: t
given:
  extensions:
    com.example.track:
      invocation_names: [추적기]
      url: http://127.0.0.1:1/
      model: {intents: {Track: {file: models/track.tsv}}}
"""
    files = {"here/models/track.tsv": "[INTENT EXPRESSION]\n배달 언제 와\n"}

    def read(path: str) -> str:
        if path not in files:
            raise UnreadableInput([Problem("No such file or directory", path)])
        return files[path]

    scenario = load_scenario(text, file="here/a.yaml", catalogue=catalogue(), read=read)
    (extension,) = scenario.extensions
    assert extension.registration["model"] == {"intents": {"Track": {"tsv": files["here/models/track.tsv"]}}}
    files.clear()
    with pytest.raises(UnreadableInput, match=r"here/models/track\.tsv cannot be read: No such file"):
        load_scenario(text, file="here/a.yaml", catalogue=catalogue(), read=read)
    with pytest.raises(UnreadableInput, match="sent as text has no files beside it"):
        load_scenario(text, file="scenario", catalogue=catalogue())


def test_the_file_goes_before_what_it_includes() -> None:
    included = "mockcloud: 1\n" + PIZZA + "      url: http://127.0.0.1:1/\n"
    own = "mockcloud: 1\ntitle: t\ninclude: [b.yaml]\n" + PIZZA + ANSWERS
    scenario = load_scenario(own, file="a.yaml", catalogue=catalogue(), read=lambda _: included)
    assert [bool(one.answers) for one in scenario.extensions] == [True]
    assert scenario.extensions[0].file == "a.yaml"
