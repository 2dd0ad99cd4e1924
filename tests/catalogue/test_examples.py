"""Examples: valid for every seed, the same for the same seed, in the language asked for."""

import re

import pytest

from mockcloud.catalogue import EDITIONS, Catalogue, Edition, Kind
from mockcloud.catalogue.schemas import FOLDERS

CATALOGUE = Catalogue.load()


@pytest.mark.parametrize("kind", FOLDERS)
@pytest.mark.parametrize("edition", EDITIONS)
def test_twenty_examples_of_each_message_are_flawless(kind: Kind, edition: Edition) -> None:
    for name in CATALOGUE.names(kind, edition):
        for seed in range(20):
            locale = ("ko_KR", "ja_JP")[seed % 4 > 1]
            payload = CATALOGUE.example(kind, name, edition=edition, seed=seed, full=seed % 2 == 1, locale=locale)
            assert CATALOGUE.check_payload(kind, name, payload, edition) == [], (name, seed, payload)


def test_the_same_seed_gives_the_same_example_and_another_seed_another() -> None:
    def made(seed: int | str) -> object:
        return Catalogue.load().example("directive", "AudioPlayer.Play", seed=seed, full=True)

    assert made(1) == made(1)
    assert made("a") == made("a")
    assert len({str(made(seed)) for seed in range(8)}) > 1


def test_an_example_has_what_is_required_and_a_full_one_everything() -> None:
    assert set(CATALOGUE.example("directive", "SpeechSynthesizer.Speak")) == {"format", "url", "token"}
    full = CATALOGUE.example("directive", "SpeechSynthesizer.Speak", full=True)
    assert set(full) == {"format", "url", "token", "ttsLang", "x-clova-pause-before"}


@pytest.mark.parametrize(("locale", "script"), [("ko_KR", "[가-힣]"), ("ja_JP", "[ぁ-んァ-ヶ一-龯]")])
def test_texts_are_in_the_language_of_the_locale(locale: str, script: str) -> None:
    for seed in range(5):
        payload = CATALOGUE.example("directive", "AudioPlayer.Play", seed=seed, locale=locale)
        assert re.search(script, payload["audioItem"]["titleText"])
        assert re.search(script, payload["audioItem"]["titleSubText1"])


def test_play_order_names_assets_that_are_there() -> None:
    payload = CATALOGUE.example("directive", "Notifier.SetIndicator")
    assert payload["assetPlayOrder"] == [asset["assetId"] for asset in payload["assets"]]


def test_an_example_can_be_changed_without_changing_the_next() -> None:
    CATALOGUE.example("context", "Device.DeviceState", full=True)["airplane"]["actions"].append("Explode")
    assert "Explode" not in str(CATALOGUE.example("context", "Device.DeviceState", full=True))
    for seed in range(6):
        CATALOGUE.example("directive", "Clova.RenderTemplate", seed=seed)["meta"]["version"]["value"] = "changed"
    assert "changed" not in str(CATALOGUE.example("directive", "Clova.RenderTemplate"))


def test_there_is_no_example_of_an_unknown_message() -> None:
    with pytest.raises(KeyError):
        CATALOGUE.example("directive", "Clova.Goodbye")
