"""``python -m benchmarks.understanding``: how quickly models are compiled and asked, and how often they are right.

The large model is made of random Hangul words: 100 intents with 100 examples each, five slot types with 10,000 entries
and as many synonyms each. The accuracy is that of the tables beside the tests; their author knows the matcher, so read
it as an upper bound.
"""

import random
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from mockcloud.nlu.building import engine
from mockcloud.nlu.matcher import CompiledModel
from mockcloud.nlu.model import Example, Intent, Model
from mockcloud.nlu.tsv import read_slot_type, write_slot_type
from tests.nlu.variations import LANGS, files_of, variations

ASKED = 400


Row = tuple[str, str, str]
"""What, measured, target."""


def main() -> None:
    for what, measured, target in rows(quick=False):
        print(f"{what:52}{measured:34}{target}".rstrip())


def rows(*, quick: bool) -> list[Row]:
    """Accuracy is: right intent / all values right, too, of all; refused, of what is for nobody."""
    sizes = ((10, 30, 100), (100, 30, 1_000), (100, 100, 1_000), (100, 100, 10_000))
    return [
        *((f"understood, refused: {lang}", accuracy(lang), "") for lang in LANGS),
        *(row for size in (sizes[-1:] if quick else sizes) for row in cost(*size)),
        ("reading a slot type of 100,000 lines", f"{reading():.2f} s", ""),
    ]


def accuracy(lang: str) -> str:
    intents = values = asked = refused = others = 0
    for extension, text, intent, slots in variations(lang):
        reading = engine(files_of(lang, extension), lang).parse(text, lang=lang)
        if intent is None:
            others += 1
            refused += reading.intent is None
        else:
            asked += 1
            intents += reading.intent == intent
            values += reading.intent == intent and dict(reading.slots) == slots
    return f"{intents}/{values} of {asked}; {refused} of {others}"


def cost(intents: int, examples: int, entries: int) -> list[Row]:
    chance = random.Random(1)
    model, asked = large_model(chance, intents, examples, entries)
    began = time.perf_counter()
    built = CompiledModel(model)
    compiled = time.perf_counter() - began
    taken, right = [], 0
    for name, text in asked:
        began = time.perf_counter()
        reading = built.parse(text)
        taken.append(time.perf_counter() - began)
        right += reading.intent == name
    taken.sort()
    median, p95 = statistics.median(taken), taken[len(taken) * 95 // 100]
    size = f"{intents} x {examples}, {entries} entries"
    return [
        (f"compile {size}", f"{compiled:.2f} s", "<= 2 s"),
        (f"utterance {size}, median / p95", f"{median * 1000:.1f} / {p95 * 1000:.1f} ms", "p95 <= 15 ms"),
        (f"right intent {size}", f"{right} of {len(asked)}", ""),
    ]


def large_model(
    chance: random.Random, intents: int, examples: int, entries: int
) -> tuple[Model, list[tuple[str, str]]]:
    """The model, and utterances with the intent they were made for: an example with other values and one word less."""
    types = {f"T{n}": {word(chance, 3): (word(chance, 3),) for _ in range(entries)} for n in range(5)}
    values = {name: list(each) for name, each in types.items()}
    vocabulary = [word(chance, 2) for _ in range(2000)]
    made, asked = [], []
    for place in range(intents):
        slots = {f"s{n}": f"T{n}" for n in chance.sample(range(5), 2)}
        own = chance.sample(vocabulary, 30)
        said = []
        for _ in range(examples):
            words = chance.sample(own, 4)
            parts = [*words[:2], *(f"<{s}>{chance.choice(values[t])}</{s}>" for s, t in slots.items()), *words[2:]]
            said.append(Example.parse(" ".join(parts)))
            if chance.random() < ASKED / (intents * examples):
                parts = [*words[:1], *(chance.choice(values[t]) for t in slots.values()), *words[2:]]
                asked.append((f"I{place}", " ".join(parts)))
        made.append(Intent(f"I{place}", tuple(said), slots))
    return Model("large", "ko", tuple(made), types, frozenset(types)), asked


def word(chance: random.Random, length: int) -> str:
    return "".join(chr(chance.randrange(0xAC00, 0xD7A4)) for _ in range(length))


def reading() -> float:
    chance = random.Random(2)
    written = write_slot_type((word(chance, 5), (word(chance, 5),)) for _ in range(100_000))
    began = time.perf_counter()
    read_slot_type(written)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
