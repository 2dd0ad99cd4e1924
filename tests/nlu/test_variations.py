"""What people say instead of the examples, in Korean and Japanese alike; and what is for nobody."""

import hashlib
import os
import subprocess
import sys

import pytest

from mockcloud.nlu.building import engine
from tests.nlu.variations import LANGS, Variation, files_of, variations

MISSED = {
    ("ko", "메뉴가 뭐야"),
    ("ko", "메뉴 뭐 있어"),
    ("ko", "피자 뭐 있어"),
    ("ko", "서울에서 부산까지 얼마나 걸려"),
    ("ko", "춤춰봐"),
    ("ja", "ニュースを聞かせて"),
}
"""What the matcher is known to get wrong: paraphrases without an example, and words that sound like an example."""


def known(lang: str, row: Variation) -> bool:
    extension, text, _, _ = row
    return (lang, text) in MISSED and (extension != "my.trip")


@pytest.mark.spec("K-058", "K-071", "K-072", "K-073", "K-074")
@pytest.mark.parametrize(
    ("lang", "extension", "text", "intent", "slots"),
    [(lang, *row) for lang in LANGS for row in variations(lang) if not known(lang, row)],
)
def test_a_variation_means_the_same(
    lang: str, extension: str, text: str, intent: str | None, slots: dict[str, str]
) -> None:
    reading = engine(files_of(lang, extension), lang).parse(text, lang=lang)
    assert (reading.intent, dict(reading.slots)) == (intent, slots), reading


@pytest.mark.parametrize(("lang", "understood", "refused"), [("ko", 200, 60), ("ja", 150, 40)])
def test_the_tables_are_large_and_hold_no_example(lang: str, understood: int, refused: int) -> None:
    rows = variations(lang)
    assert len([1 for _, _, intent, _ in rows if intent]) >= understood
    assert len([1 for _, _, intent, _ in rows if intent is None]) >= refused
    examples = {
        line
        for extension, *_ in rows
        for _, written in files_of(lang, extension).intents
        for line in written.splitlines()
    }
    assert not [text for _, text, intent, _ in rows if intent and text in examples]


def test_what_is_known_to_be_missed_is_still_missed() -> None:
    """One that is understood by now leaves the list."""
    rows = [(lang, row) for lang in LANGS for row in variations(lang) if known(lang, row)]
    assert {(lang, text) for lang, (_, text, _, _) in rows} == MISSED
    for lang, (extension, text, intent, _) in rows:
        assert engine(files_of(lang, extension), lang).parse(text, lang=lang).intent != intent


def everything_read() -> str:
    """One digest of every reading, with scores, spans and runners-up."""
    readings = [
        engine(files_of(lang, extension), lang).parse(text, lang=lang).as_json()
        for lang in LANGS
        for extension, text, _, _ in variations(lang)
    ]
    return hashlib.sha256(repr(readings).encode()).hexdigest()


def test_the_same_under_any_hash_seed() -> None:
    script = "from tests.nlu.test_variations import everything_read; print(everything_read())"
    made = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "3"},
    ).stdout.strip()
    assert made == everything_read()
