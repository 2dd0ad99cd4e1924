"""The extension that ``mockcloud new extension`` begins: a café, in one language, on one SDK."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

Sdk = Literal["python", "node"]
Lang = Literal["ko", "ja"]

ID = "com.example.extension."
TEMPLATES = Path(__file__).parent / "templates" / "extension"
_OF_SDK: Mapping[Sdk, tuple[str, ...]] = {
    "python": ("README.md", "server.py", "test_skill.py"),
    "node": ("README.md", "package.json", "server.js"),
}
_MODEL = ("intent_OrderIntent.tsv", "slottype_DRINK.tsv")
_TEXTS: Mapping[Lang, Mapping[str, str]] = {
    "ko": {
        "shown": "샘플 카페",
        "invocation": "샘플 카페",
        "welcome": "샘플 카페입니다. 무엇을 드릴까요?",
        "which": "무엇을 드릴까요?",
        "how_many": "{drink} 몇 잔 드릴까요?",
        "ordered": "{drink} {amount}잔을 주문했어요.",
        "cancelled": "주문을 취소했어요.",
        "help": "라떼 두 잔 주문해줘 처럼 말씀해 주세요.",
        "launch": "샘플 카페 시작해줘",
        "order": "카페라떼 주문해줘",
        "drink": "라떼",
        "number": "두 잔이요",
        "one_shot": "라떼 두 잔 주문해줘",
    },
    "ja": {
        "shown": "サンプルカフェ",
        "invocation": "サンプルカフェ",
        "welcome": "サンプルカフェです。何になさいますか?",
        "which": "何になさいますか?",
        "how_many": "{drink}を何杯にしますか?",
        "ordered": "{drink}を{amount}杯注文しました。",
        "cancelled": "注文を取り消しました。",
        "help": "ラテを二杯注文して、のように話してください。",
        "launch": "サンプルカフェを起動して",
        "order": "カフェラテを注文して",
        "drink": "ラテ",
        "number": "二杯です",
        "one_shot": "ラテを二杯注文して",
    },
}


def files(name: str, sdk: Sdk, lang: Lang) -> Iterator[tuple[str, str]]:
    """Path and text of every file of the extension ``com.example.extension.<name>``."""
    words = dict(_TEXTS[lang])
    order = {"drink": words["drink"], "amount": "2"}
    words |= {
        "name": name,
        "id": ID + name,
        "lang": lang,
        "asked_how_many": words["how_many"].format(**order),
        "was_ordered": words["ordered"].format(**order),
    }
    for file in _OF_SDK[sdk]:
        yield file, _filled(f"{sdk}/{file}.txt", words)
    yield f"extensions/{ID}{name}.yaml", _filled("common/registration.yaml.txt", words)
    yield "conversation.yaml", _filled("common/conversation.yaml.txt", words)
    for file in _MODEL:
        yield f"model/{ID}{name}_{file}", _filled(f"{lang}/{file}", words)


def _filled(template: str, words: Mapping[str, str]) -> str:
    """``%name%`` stands for the text of that name."""
    text = (TEMPLATES / template).read_text(encoding="utf-8")
    for name, said in words.items():
        text = text.replace(f"%{name}%", said)
    return text
