"""What the languages do around the words that matter: wake words, fillers, particles, endings of sentences.

Each rule is applied alike to examples and to what is heard, so it may be crude; it must only make what means the same
look the same.
"""

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from mockcloud.nlu.text import Text


@dataclass(frozen=True, slots=True, eq=False)
class _Endings:
    """What is put in place of which endings of a sentence."""

    rows: tuple[tuple[re.Pattern[str], str], ...]
    """Applied in their order, until none changes anything."""
    any: re.Pattern[str]
    """What one of them matches; most sentences have none, and one search is quicker than one for each."""

    @classmethod
    def of(cls, *rows: tuple[str, str]) -> "_Endings":
        patterns = "|".join(pattern for pattern, _ in rows) or "(?!)"
        return cls(
            tuple((re.compile(f"(?:{pattern})$"), folded) for pattern, folded in rows), re.compile(f"(?:{patterns})$")
        )

    @lru_cache(maxsize=8192)  # noqa: B019 - there are three languages, and they live as long as the process
    def folded(self, key: str) -> str:
        for _ in range(4):
            if not self.any.search(key):
                break
            before = key
            for ending, folded in self.rows:
                key = ending.sub(folded, key, count=1) or key
            if key == before:
                break
        return key


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    wake: re.Pattern[str]
    """At the start of the key."""
    particle: re.Pattern[str]
    """One, directly after a slot."""
    inside: re.Pattern[str]
    """What is dropped wherever it stands: fillers, object particles."""
    endings: _Endings
    fillers: frozenset[str] = frozenset()
    """Whole words that are dropped (languages that write blanks)."""
    light: frozenset[str] = frozenset()
    """Folded endings that say nothing of their own ("do it", "please"): no sign that a value stands before them."""
    spellings: tuple[re.Pattern[str], Mapping[str, str]] | None = None
    """What is written in two ways, and the one that is compared."""

    def after_wake_word(self, text: Text) -> int:
        found = self.wake.match(text.key)
        return found.end() if found else 0

    def filler_spans(self, text: Text, start: int) -> list[tuple[int, int]]:
        """Words of `fillers` in the key, from ``start``."""
        if not self.fillers:
            return []
        borders = sorted({start, len(text.key)} | {place for place in text.starts if place >= start})
        return [span for span in itertools.pairwise(borders) if text.key[slice(*span)] in self.fillers]

    def literal(self, pieces: Sequence[str]) -> str:
        """The words around the slots as one string; all pieces but the first follow a slot."""
        kept = [pieces[0], *(self.particle.sub("", piece, count=1) for piece in pieces[1:])] if pieces else []
        return self.folded("".join(kept))

    def folded(self, key: str) -> str:
        """Without fillers, and with one ending for all that mean the same."""
        if self.spellings:
            pattern, spelling = self.spellings
            key = pattern.sub(lambda found: spelling[found.group()], key)
        return self.endings.folded(self.inside.sub("", key))


@lru_cache(maxsize=8)
def language(lang: str) -> Language:
    """The rules of ``ko``, ``ja`` or ``en``. Raises `KeyError` for another language."""
    return {"ko": _korean, "ja": _japanese, "en": _english}[lang]()


def _korean() -> Language:
    return Language(
        wake=re.compile(r"(?:헤이|하이|있잖아|저기)?(?:클로바야?|샐리야|제시카|짱구야|피노키오)"),
        particle=re.compile(
            r"^(?:(?:만|도|으?로)?(?:이?(?:요|에요|야)|예요|입니다)$|에서|에게|한테|으로|로|까지|부터|에는|에다가?|에|을|를|이랑|이라고|라고|이|가|은|는|만|도|의|짜리|동안|마다|간|쯤|정도|께)"
        ),
        inside=re.compile(
            r"(?<=.)(?:를|을(?![래게까수지]))(?=.)|(?:좀|빨리|얼른|그냥|혹시|제발|한번만|당장|바로)(?=.)|(?<=.)(?:빨리|좀)$"
        ),
        light=frozenset({"해줘", "줘", "해", "시켜줘"}),
        endings=_Endings.of(
            (r"(?:(?<!달)으?라고|자고|냐고)(?:말?해(?:줘|주세요)?|전해(?:줘)?|시켜)?", ""),
            (r"(?:을|ㄹ)?수있(?:어요?|을까요?|니|나요?|습니까|겠어요?)", "줘"),
            (
                r"(?:줄래요?|주라|주세요|주십시오|주시겠어요?|주실래요|주겠니|주겠어|주렴|줘라|줘봐요?|줘요|줄래|주면(?:좋겠어|돼|안돼|안될까)요?)",
                "줘",
            ),
            (r"(?:달라고|달라)(?:해|해줘|말해)?", "줘"),
            (r"(?:줄(?=줘$)|주시줘)", ""),
            (r"(?<=[가-힣])(?:볼래요?|봐요?|볼까요?|보자|보세요|봐줘)", "줘"),
            (r"해(?:요|라)?(?:부탁해요?|부탁드려요|부탁해줘)", "해줘"),
            (r"(?:좀)?(?:부탁해요?|부탁드려요|부탁할게요?|부탁합니다)", "해줘"),
            (r"(?:하자|하세요|할래요?|합시다|하고싶어요?|해라|할게요?)", "해줘"),
            (r"(?:고싶어요?|고싶은데요?|고싶다|을래요?|을게요?)", "줘"),
            (r"줘줘", "줘"),
            (r"(?:이에요|예요|인가요?|입니까|이니|이야|일까요?|이지요?|이죠|인지|인데요?|이냐)", "야"),
            (r"(?:나요|는데요?|는지요?|습니까|니까|을까요?|까요|려나요?)", "어"),
            (r"(?<=[가-힣])[요]", ""),
            (r"(?<=[가-힣])(?:는지|지)", "어"),
            (r"(?<=어[때떄])니?", ""),
            (r"(?:어떠니|어떻니|어떤가|어떨까|어떤)", "어때"),
            (r"(?:알려|말해|얘기해|이야기해|가르쳐|알려달라)(?:줘)?", "알려줘"),
        ),
    )


def _japanese() -> Language:
    return Language(
        wake=re.compile(r"(?:ねえ|へい|はい)?くろーば"),
        particle=re.compile(r"^(?:(?:です|だ)[ねよ]?$|から|まで|には|では|での|に|を|は|が|の|で|へ|と|も|だけ)"),
        inside=re.compile(
            r"(?<=.)[をはが](?=.)|(?:ちょっと|すぐに?|早く|はやく|えっと|じゃあ|それじゃ|あの(?=.))|(?<=.)、"
        ),
        light=frozenset({"て", "して", "で", "お願い", "する"}),
        spellings=_japanese_spellings(),
        endings=_Endings.of(
            (
                (
                    r"(?<=[てで])(?:くださいませんか|ください|下さい|くれませんか|くれますか|くれる|くれない|くれ|"
                    r"もらえますか|もらえる|もらえない|ほしいです|ほしい|欲しい|"
                    r"ちょうだい|頂戴|みて|みたい|おいて|いただけますか)"
                ),
                "",
            ),
            (r"(?:お願い|おねがい)(?:します|いたします|できますか|できる)?", "お願い"),
            (r"(?:をお願い|お願い|頼む|よろしく)", ""),
            (r"(?:でしょうか|でしょう|ですかね|ですか|ですよね|です|なのかな|なんですか|かな|だっけ|だろう)", ""),
            (r"(?:教えて|おしえて|聞かせて|知りたい)", "教えて"),
            (r"(?:って言って|と言って|って伝えて|と伝えて)", ""),
            (r"(?:たい|ほしい)?(?:んですけれ?ど|んですが|のですが|んだけれ?ど|んだが|んです|のです)", "たい"),
            (r"たい(?:です|な)", "たい"),
            (r"したい", "して"),
            (r"(?:する|します|しましょう|しよう)", "して"),
            *(
                (f"{stem}(?:ます(?:か|よ|ね)?|たい)", end)
                for stem, end in zip("りちいみびにきぎ", "るるるむむむくぐ", strict=True)
            ),
            (r"(?<=[えけせてねへめれげぜでべぺ])(?:ます(?:か|よ|ね)?|たい)", "る"),
            (r"(?<=.)[よねかな]", ""),
            (r"(?<=.[何誰時日度今気])[はをが]", ""),
            (r"(?<=.{2})は", ""),
            (r"しまして", "して"),
            (r"(?<=..)して", ""),
            (r"(?<=.)って", "る"),
            (r"(?<=.)んで", "む"),
            (r"(?<=.)いて", "く"),
        ),
    )


_IN_KANA = {
    "きっぷ": "切符", "ちけっと": "切符", "よやく": "予約", "ちゅうもん": "注文", "はいたつ": "配達",
    "おしえ": "教え", "しらせ": "知らせ", "さがし": "探し", "えらん": "選ん", "えらび": "選び",
    "たのみ": "頼み", "たのん": "頼ん", "とどけ": "届け", "とどく": "届く", "とどき": "届き",
    "つぎ": "次", "まえの": "前の", "おんがく": "音楽", "きょく": "曲", "てんき": "天気",
    "でんき": "電気", "けして": "消して", "とめて": "止めて", "はじめ": "始め", "おわり": "終わり",
    "なんじ": "何時", "いくつ": "幾つ", "つかいかた": "使い方", "せつめい": "説明", "とりけし": "取り消し",
    "かくにん": "確認", "へんこう": "変更", "じかん": "時間", "ふって": "振って", "ふり": "振り",
    "なげて": "投げて", "ころがし": "転がし", "かって": "買って", "たべ": "食べ", "のみたい": "飲みたい",
    "きかせ": "聞かせ", "うた": "歌", "よんで": "読んで", "もういちど": "もう一度",
}  # fmt: skip
"""Words of commands that people write in kana, too; no dictionary of readings."""


def _japanese_spellings() -> tuple[re.Pattern[str], Mapping[str, str]]:
    return re.compile("|".join(sorted(_IN_KANA, key=lambda word: (-len(word), word)))), _IN_KANA


_ENGLISH_FILLERS = (
    "a an the my me please can could would you will to for just some i want id like need let us lets is are it do of "
    "and at s"
)


def _english() -> Language:
    return Language(
        wake=re.compile(r"(?:hey|ok|okay|hi)?clova"),
        particle=re.compile(r"^(?!)"),
        inside=re.compile(r"(?!)"),
        endings=_Endings.of(),
        fillers=frozenset(_ENGLISH_FILLERS.split()),
    )
