"""What the built-in assistant understands: tables of utterances, none of which is an example of its models."""

import hashlib
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcloud.cloud.assistant import TOPICS, model, understand
from mockcloud.nlu.understanding import Nlu
from tests.nlu.tables import Case, cases

LANGUAGES = ("ko", "ja", "en")
EVERYTHING = [(lang, *case) for lang in LANGUAGES for case in cases(lang)]


@pytest.mark.spec("C-079", "K-058")
@pytest.mark.parametrize(("lang", "text", "intent", "slots"), EVERYTHING)
def test_each_utterance_means_what_the_table_says(lang: str, text: str, intent: str, slots: dict[str, str]) -> None:
    reading = understand(text, lang)
    assert reading.intent == intent, reading
    if slots is not None:
        assert dict(reading.slots) == slots


@pytest.mark.parametrize(("lang", "understood", "refused"), [("ko", 200, 60), ("ja", 100, 40), ("en", 40, 5)])
def test_the_tables_are_large_and_hold_no_example(lang: str, understood: int, refused: int) -> None:
    examples = {example.text for intent in model(lang).intents for example in intent.examples}
    told = cases(lang)
    assert len([1 for _, intent, _ in told if intent]) >= understood
    assert len([1 for _, intent, _ in told if not intent]) >= refused
    assert not [text for text, _, _ in told if text in examples]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_example_is_understood_as_its_own_intent(lang: str) -> None:
    report = Nlu().build([model(lang)])
    assert report.unrecovered == ()
    assert report.twins == ()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_intent_has_an_answer(lang: str) -> None:
    assert {intent.name for intent in model(lang).intents} <= set(TOPICS)


def test_every_topic_can_be_asked_for_in_korean() -> None:
    assert {intent.name for intent in model("ko").intents} == set(TOPICS)


def some(lang: str) -> st.SearchStrategy[Case]:
    return st.sampled_from([case for case in cases(lang) if case[1]])


def wide(text: str) -> str:
    """ASCII characters in their full-width form."""
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


@given(case=some("ko") | some("ja") | some("en"))
def test_case_width_and_punctuation_do_not_matter(case: Case) -> None:
    text, intent, _ = case
    lang = next(lang for lang in LANGUAGES if case in cases(lang))
    for other in (text.upper(), text.title(), wide(text), f"  {text.replace(' ', '   ')} ?!"):
        assert understand(other, lang).intent == intent


@given(case=some("ko") | some("ja"))
def test_blanks_do_not_matter_where_people_do_not_agree_on_them(case: Case) -> None:
    text, intent, _ = case
    lang = next(lang for lang in LANGUAGES if case in cases(lang))
    reading = understand(text.replace(" ", ""), lang)
    assert reading.intent == intent


@given(text=st.text(max_size=60) | st.text("가나다라0123456789시분 ,.:", max_size=40), lang=st.sampled_from(LANGUAGES))
def test_any_text_is_read(text: str, lang: str) -> None:
    reading = understand(text, lang)
    assert (reading.intent is None) == bool(reading.why)
    assert 0 <= reading.score <= 1000


def test_another_language_than_the_asked_one_is_understood_by_its_script() -> None:
    assert understand("what time is it", "ko").intent == "Time"
    assert understand("今何時", "ko").intent == "Time"
    assert understand("지금 몇 시야", "en").intent == "Time"


def everything_read() -> str:
    """One digest of every reading of the tables, with scores, spans and runners-up."""
    readings = [understand(text, lang).as_json() for lang, text, _, _ in EVERYTHING]
    return hashlib.sha256(repr(readings).encode()).hexdigest()


def test_the_same_under_any_hash_seed() -> None:
    script = "from tests.nlu.test_assistant_model import everything_read; print(everything_read())"
    made = {
        subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert made == {everything_read()}


def test_models_are_built_when_words_come_not_when_the_cloud_is_imported() -> None:
    script = "import sys, mockcloud.cloud.cloud; print([m for m in sys.modules if m == 'mockcloud.nlu.matcher'])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
