"""The built-in assistant: what the cloud answers to words that nothing else claims.

A table of topics; a topic is recognised by words that must occur together. Deterministic: the first topic in the
table's order whose words all occur takes the utterance.
"""

from collections.abc import Callable
from dataclasses import dataclass

from mockcloud.cloud.streams import play
from mockcloud.cloud.templates import today_weather
from mockcloud.cloud.turn import Turn
from mockcloud.nlu.text import normalise
from mockcloud.vocabulary.replies import Outgoing, Reply, speak


@dataclass(frozen=True, slots=True)
class Topic:
    name: str
    words: tuple[tuple[str, ...], ...]
    """Alternatives; each a set of normalised words that must all occur."""
    answer: Callable[[Turn, str], tuple[Outgoing, ...]]
    because: tuple[str, ...] = ("C-079",)


def answer(turn: Turn) -> Reply | None:
    """The reply to the words of this turn, or ``None`` if no topic takes them."""
    heard = normalise(turn.words or "")
    if not heard:
        return None
    for topic in TOPICS:
        if any(all(word in heard for word in words) for words in topic.words):
            return Reply(topic.answer(turn, language(turn)), f"assistant {topic.name}", topic.because)
    return None


def apology(turn: Turn) -> Reply:
    """Nobody understood: 204, or, by setting, an apology (C-092)."""
    if turn.account.settings.behaviour.not_understood == "none":
        return Reply(by="not understood", because=("C-092",), unmatched=True)
    lang = language(turn)
    said = {"ko": "죄송해요. 잘 이해하지 못했어요.", "ja": "すみません、よくわかりませんでした。"}.get(
        lang, "Sorry, I did not understand that."
    )
    return Reply((speak(said, lang),), "not understood", ("C-092",), unmatched=True)


def language(turn: Turn) -> str:
    """The language of the request (``payload.lang``), else the account's."""
    lang = turn.text("lang")
    return lang if lang in ("ko", "ja", "en") else turn.account.settings.lang


def _greeting(turn: Turn, lang: str) -> tuple[Outgoing, ...]:  # noqa: ARG001 - topics are called alike
    said = {"ko": "안녕하세요. 무엇을 도와드릴까요?", "ja": "こんにちは。ご用件は何でしょうか。"}
    return (speak(said.get(lang, "Hello. What can I do for you?"), lang),)


def _time(turn: Turn, lang: str) -> tuple[Outgoing, ...]:
    now = turn.account.clock.date(turn.now)
    hour, half = (now.hour % 12 or 12), now.hour >= 12
    said = {
        "ko": f"지금은 {'오후' if half else '오전'} {hour}시 {now.minute}분이에요.",
        "ja": f"{'午後' if half else '午前'}{now.hour % 12}時{now.minute}分です。",
    }
    return (speak(said.get(lang, f"It is {now:%H:%M}."), lang),)


def _weather(turn: Turn, lang: str) -> tuple[Outgoing, ...]:
    said = {"ko": "오늘은 맑고 낮 최고 기온은 21도예요.", "ja": "今日は晴れ、最高気温は21度です。"}
    text = said.get(lang, "It is sunny today, with a high of 21 degrees.")
    if not turn.has_display:
        return (speak(text, lang),)
    template = today_weather(text, turn.account.clock.date(turn.now), lang)
    return (speak(text, lang), Outgoing("Clova.RenderText", {"text": text}), Outgoing("Clova.RenderTemplate", template))


def _music(turn: Turn, lang: str) -> tuple[Outgoing, ...]:
    said = {"ko": "음악을 들려 드릴게요.", "ja": "音楽を再生します。"}
    item = play("mockcloud-1", token=turn.account.ids.uuid(), title="Three Chords", artist="mockcloud")
    return (speak(said.get(lang, "Here is some music."), lang), Outgoing("AudioPlayer.Play", item))


TOPICS = (
    Topic("greeting", (("안녕",), ("こんにちは",), ("hello",)), _greeting),
    Topic("time", (("몇시",), ("지금", "시간"), ("何時",), ("whattime",)), _time),
    Topic("weather", (("날씨",), ("天気",), ("weather",)), _weather, ("C-079", "C-176", "C-177", "C-186")),
    Topic(
        "music",
        (("음악",), ("노래",), ("音楽",), ("playmusic",), ("playsomemusic",)),
        _music,
        ("C-079", "C-115", "C-117"),
    ),
)
