"""What people say around the name of an extension: how it is called, opened and ended (K-052..K-056).

Patterns look at the key of a `Text`: no blanks, no punctuation, katakana as hiragana.
"""

import re
from functools import lru_cache

from mockcloud.vocabulary.value import Value


class Way(Value, frozen=True):
    """One way to say something with a name: what stands before the name, and what follows it."""

    before: re.Pattern[str]
    after: re.Pattern[str]


class Phrases(Value, frozen=True):
    """The phrases of one language."""

    launch: tuple[Way, ...]
    """With nothing else: the extension is opened (K-052)."""
    call: tuple[Way, ...]
    """A command follows (K-053)."""
    end: tuple[Way, ...]
    """With nothing else: the session with the named extension is to end (K-056)."""
    ends: re.Pattern[str]
    """Nothing else is said: the open session is to end (K-056)."""
    asked: re.Pattern[str]
    """In the written text, at its end: the command is only passed on (K-054)."""
    blanks: bool
    """Words are written apart, so that a particle ends where a word does."""


@lru_cache(maxsize=8)
def phrases(lang: str) -> Phrases:
    """The phrases of ``ko``, ``ja`` or ``en``. Raises `KeyError` for another language."""
    return {"ko": _korean, "ja": _japanese, "en": _english}[lang]()


def _korean() -> Phrases:
    please = r"(?:줘요?|주세요|주라|줄래요?|주시겠어요?|주십시오|줄수있어요?|달라고해)"
    verb = (
        rf"(?:(?:시작|실행|동작|오픈|작동)(?:해{please}?|하자|할래요?|하세요|해요|합시다|할게요?|하고싶어요?|시켜{please}?)?"
        rf"|열어{please}?|열자|켜{please}?|켜자|불러{please}?|틀어{please}?|들어가자)"
    )
    ending = rf"(?:종료|중단|끝|그만)(?:해{please}?|하자|할래요?|하세요|해요|할게요?|내{please}?|내자|둬|두자)?"
    ends = rf"(?:이제|인제|그럼|좀|다|자)?(?:그만(?:좀)?)?{ending}"
    before = re.compile(r"(?:이제|그럼|자|좀|지금)?")
    return Phrases(
        launch=(Way(before, re.compile(rf"(?:을|를|이랑)?(?:좀|이제|지금|빨리|다시)?{verb}")),),
        call=(Way(before, re.compile(r"에게서?|에서|한테서?|에다가?|에|으로|로")),),
        end=(Way(before, re.compile(rf"(?:을|를|은|는)?{ends}")),),
        ends=re.compile(ends),
        asked=re.compile(
            r"(?:[을를]|에\s*대해(?:서)?)?\s*(?:좀\s*)?물어\s*봐?\s*(?:줘요?|주세요|줄래요?|달라고\s*해)?[\s.?!…]*$"
        ),
        blanks=True,
    )


def _japanese() -> Phrases:
    please = (
        r"(?:ください|下さい|くれる|くれない|くれますか|くれませんか|もらえる|もらえますか|ほしい|欲しい|ほしいです"
        r"|ちょうだい|頂戴|よ|ね|おいて)?"
    )
    noun = r"(?:起動|開始|すたーと|おーぷん|実行|再生)"
    launch = (
        rf"{noun}(?:(?:して|させて){please}|する|しよう|したい|しろ|しましょう|お願い(?:します)?|おねがい(?:します)?)?"
        rf"|(?:開い|ひらい|開け|あけ|始め|はじめ|立ち上げ|たちあげ|呼ん|よん|つけ|使わせ|出し)[てで]{please}"
        r"|(?:始め|はじめ)(?:よう|たい|ましょう|る)|(?:始まり|はじまり)|(?:開く|ひらく)|(?:お願い|おねがい)(?:します)?"
        r"|(?:遊び|使い|やり|し)たい|で遊ぼう|であそぼう"
    )
    end = (
        rf"終了(?:して{please}|する|します|しよう|したい|お願い(?:します)?)?|(?:終わ|おわ)(?:り(?:にして{please}|です|ます|たい)?|って{please}|ろう|る)"
        rf"|(?:やめ|止め|辞め)(?:て{please}|る|よう|たい|ます)|すとっぷ(?:して{please})?|おしまい(?:にして{please}|です)?"
        rf"|(?:閉じ|とじ)(?:て{please}|る)|もう(?:いい|結構)(?:です|よ)?"
    )
    before = re.compile(r"(?:じゃあ|では|それじゃあ?|もう一度|今すぐ)?")
    ends = rf"(?:もう|そろそろ|今日は)?(?:{end})"
    return Phrases(
        launch=(Way(before, re.compile(rf"(?:を|って|の|が)?(?:ちょっと|もう一度|今すぐ|早く)?(?:{launch})")),),
        call=(Way(before, re.compile(r"を使って|をつかって|に対して|にたいして|では|には|から|で|に|へ")),),
        end=(Way(before, re.compile(rf"(?:を|は|も|の)?{ends}")),),
        ends=re.compile(ends),
        asked=re.compile(
            r"(?:(?:か|を|って|と|について)\s*(?:聞いて|きいて|尋ねて|訊いて)(?:みて|きて|おいて)?"
            r"|よう(?:に)?\s*(?:言って|いって|頼んで|たのんで|伝えて|つたえて))(?:ください|くれる|ほしい|ちょうだい)?[\s。.?!?!]*$"
        ),
        blanks=False,
    )


def _english() -> Phrases:
    nothing = re.compile("")
    end = r"(?:stop|quit|exit|end|close|goodbye|thatsall|thatsenough)"
    return Phrases(
        launch=(
            Way(re.compile(r"(?:please)?(?:open|start|launch|run|begin)(?:up|the)?"), re.compile("(?:please|now)?")),
        ),
        call=(
            Way(re.compile(r"(?:please)?(?:ask|tell)(?:the)?"), re.compile(r"to|for|about|that|whether|if")),
            Way(re.compile(r"(?:please)?(?:ask|tell|use)(?:the)?"), nothing),
        ),
        end=(
            Way(re.compile(rf"(?:please)?{end}(?:the)?"), re.compile("(?:please|now)?")),
            Way(nothing, re.compile(f"{end}(?:please|now)?")),
        ),
        ends=re.compile(rf"(?:please)?{end}(?:it|please|now)?"),
        asked=re.compile(r"(?!)"),
        blanks=True,
    )
