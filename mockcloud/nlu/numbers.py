"""Numbers in words and digits, with what they count: Korean, Japanese, English.

Patterns look at the key of a `Text`. What reads as a number and mostly is none (``이 피자``, ``네``, ``조회``) needs a
counter, or a form that nothing else has.
"""

import re
from functools import lru_cache

_KO_DIGIT = {char: value for value, char in enumerate("영일이삼사오육칠팔구")} | {"공": 0, "륙": 6}
_KO_NATIVE = {
    "하나": 1, "둘": 2, "셋": 3, "넷": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9,
    "한": 1, "두": 2, "세": 3, "네": 4,
}  # fmt: skip
_KO_TENS = {
    "열": 10, "스물": 20, "스무": 20, "서른": 30, "마흔": 40, "쉰": 50, "예순": 60, "일흔": 70, "여든": 80, "아흔": 90,
}  # fmt: skip
_POWERS = {"십": 10, "백": 100, "천": 1000, "十": 10, "百": 100, "千": 1000}
_MYRIADS = {"만": 10**4, "억": 10**8, "万": 10**4, "億": 10**8}
_JA_DIGIT = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0}
_JA_NATIVE = {
    "ひとつ": 1, "ふたつ": 2, "みっつ": 3, "よっつ": 4, "いつつ": 5, "むっつ": 6, "ななつ": 7, "やっつ": 8,
    "ここのつ": 9, "ひとり": 1, "ふたり": 2,
}  # fmt: skip
_EN_ONE_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_EN_TEN_WORDS = "twenty thirty forty fifty sixty seventy eighty ninety"
_EN_ONES = {word: value for value, word in enumerate(_EN_ONE_WORDS.split())}
_EN_TENS = {word: 20 + 10 * place for place, word in enumerate(_EN_TEN_WORDS.split())}


def _any(words: object) -> str:
    """An alternation that prefers what is longer."""
    return "|".join(sorted(words, key=lambda word: (-len(word), word)))  # type: ignore[call-overload]


_DIGITS = r"\d+(?:\.\d+)?"
_KO_ONES = _any(_KO_NATIVE)
_KO_AT_END = re.compile(rf"(?<=[백천만])(?:(?:{_any(_KO_TENS)})(?:{_KO_ONES})?|{_KO_ONES})$")
_KO_BARE_ONES = _any(word for word in _KO_NATIVE if len(word) > 1 or word in "둘셋넷")
KOREAN_NATIVE = rf"(?:(?:{_any(_KO_TENS)})(?:{_KO_ONES})?|{_KO_ONES})"
KOREAN_SINO = r"[영공일이삼사오육륙칠팔구십백천만억]+"
_KO_MIXED = rf"\d+(?:[만억천백십](?!큼)\d*)+|[일이삼사오육칠팔구백천]*[백천](?:{_any(_KO_TENS)})?(?:{_KO_ONES})"
KOREAN = rf"(?:{_KO_MIXED}|{_DIGITS}|{KOREAN_NATIVE}|{KOREAN_SINO})"
JAPANESE_WORDS = r"[零〇一二三四五六七八九十百千万億]+"
JAPANESE = rf"(?:{_DIGITS}(?:万|千|百)?|{JAPANESE_WORDS})"
_EN_SMALL = (
    rf"(?:(?:{_any(_EN_TENS)})(?:{_any(word for word in _EN_ONES if 0 < _EN_ONES[word] < 10)})?|{_any(_EN_ONES)})"
)
ENGLISH = rf"(?:{_DIGITS}|(?:(?:{_any(_EN_ONES)}|a)hundred(?:and)?(?:{_EN_SMALL})?|{_EN_SMALL}))"

_KO_COUNTERS = _any(
    [
        "개",
        "판",
        "명",
        "번째",
        "번",
        "살",
        "칸",
        "잔",
        "병",
        "장",
        "권",
        "마리",
        "대",
        "조각",
        "그릇",
        "인분",
        "사람",
        "가지",
        "곡",
        "회",
        "층",
        "호",
        "점",
        "위",
        "단계",
        "퍼센트",
        "프로",
        "도",
        "채널",
    ]
)
_JA_COUNTERS = _any(
    [
        "つ",
        "個",
        "枚",
        "本",
        "人",
        "回",
        "番",
        "番目",
        "杯",
        "匹",
        "台",
        "冊",
        "歳",
        "才",
        "度",
        "階",
        "曲",
        "ばん",
        "ぱーせんと",
        "ちゃんねる",
    ]
)

_PATTERNS = {
    "ko": (
        rf"(?P<n>{KOREAN})(?:여)?(?:{_KO_COUNTERS})",
        rf"(?P<n>{_KO_MIXED}|{_DIGITS})",
        rf"(?P<n>(?:{_any(_KO_TENS)})(?:{_KO_BARE_ONES})|(?:{_KO_BARE_ONES}|열|스물|서른|마흔))",
        r"(?P<n>[일이삼사오육칠팔구]?[백천십][일이삼사오육칠팔구십백]*[일이삼사오육칠팔구십백](?![가-힣]*리)|[이삼사오육칠팔구]십)",
        r"(?P<n>[일이삼사오육칠팔구십백])(?=(?:으?로|까지)(?:$|[맞설해올내바바줄틀]))",
    ),
    "ja": (
        rf"(?P<n>{JAPANESE})(?:{_JA_COUNTERS})",
        rf"(?P<n>{_DIGITS}(?:万|千|百)?)",
        rf"(?P<n>{_any(_JA_NATIVE)})",
        r"(?P<n>[一二三四五六七八九十百]+[千万][一二三四五六七八九十百千]*|[一二三四五六七八九]?[十百][一二三四五六七八九十]*)",
        r"(?P<n>[一二三四五六七八九])(?=に|まで|上げ|下げ)",
    ),
    "en": (rf"(?P<n>{ENGLISH})(?:percent)?",),
}
_VAGUE = {"ko": r"(?:정도|쯤|가량)?", "ja": r"(?:くらい|ぐらい|ほど)?", "en": ""}


@lru_cache(maxsize=8)
def pattern(lang: str) -> re.Pattern[str]:
    """One that finds a number with its counter; group ``nK`` of alternative K is the number alone."""
    ways = [way.replace("(?P<n>", f"(?P<n{place}>") for place, way in enumerate(_PATTERNS[lang])]
    return re.compile(f"(?:{'|'.join(ways)}){_VAGUE[lang]}")


def number_of(found: re.Match[str]) -> str:
    """The number of a match of `pattern`, in digits."""
    words = next(value for name, value in sorted(found.groupdict().items()) if value is not None)
    return value_of(words)


def value_of(words: str) -> str:
    """``두`` -> ``2``, ``2만`` -> ``20000``, ``二十一`` -> ``21``, ``twentyone`` -> ``21``, ``1.5`` -> ``1.5``."""
    if re.fullmatch(r"\d+\.\d+", words):
        return words
    if words.isascii() and not words.isdecimal():
        return str(_english(words))
    return str(_counted(words))


def _counted(words: str) -> int:
    for known in (_KO_NATIVE, _KO_TENS, _JA_NATIVE):
        if words in known:
            return known[words]
    for tens, value in _KO_TENS.items():
        if words.startswith(tens) and words[len(tens) :] in _KO_NATIVE:
            return value + _KO_NATIVE[words[len(tens) :]]
    native = _KO_AT_END.search(words)
    if native:
        return _positional(words[: native.start()]) + _counted(native.group())
    return _positional(words)


def _positional(words: str) -> int:
    """Chinese-style numerals, mixed with digits: ``백한``, ``2만3천``, ``이공일팔``."""
    if len(words) > 1 and all(char in _KO_DIGIT or char in _JA_DIGIT for char in words):
        return int("".join(str(_KO_DIGIT.get(char, _JA_DIGIT.get(char, 0))) for char in words))
    total = section = current = 0
    for token in re.findall(r"\d+|.", words):
        if token.isdecimal():
            current = int(token)
        elif token in _KO_DIGIT or token in _JA_DIGIT:
            current = _KO_DIGIT.get(token, _JA_DIGIT.get(token, 0))
        elif token in _POWERS:
            section += (current or 1) * _POWERS[token]
            current = 0
        elif token in _MYRIADS:
            total += (section + current or 1) * _MYRIADS[token]
            section = current = 0
    return total + section + current


def _english(words: str) -> int:
    hundreds, joined, rest = words.partition("hundred")
    if joined:
        return (_EN_ONES.get(hundreds, 1)) * 100 + (_english(rest.removeprefix("and")) if rest else 0)
    if words in _EN_ONES:
        return _EN_ONES[words]
    for tens, value in _EN_TENS.items():
        if words.startswith(tens):
            return value + _EN_ONES.get(words[len(tens) :], 0)
    return 0
