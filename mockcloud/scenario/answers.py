"""What the code behind a rule answers (``then: {call: URL}``): a list as under ``then``, checked by the same code.

Texts are taken as they are: an answer holds values, no expressions. An entry with a mistake is left out.
"""

import re
from typing import Any

from mockcloud.catalogue import Catalogue
from mockcloud.catalogue.documents import Document, check
from mockcloud.errors import Problem
from mockcloud.scenario.language import THEN
from mockcloud.scenario.reading import Reading
from mockcloud.scenario.sending import outgoing
from mockcloud.settings import Edition
from mockcloud.vocabulary.replies import Outgoing

_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {"then": THEN},
}
_ENTRY = re.compile(r"then\[(\d+)\]")


def read_answer(
    answer: Any, *, url: str, catalogue: Catalogue, edition: Edition, seed: int, lang: str
) -> tuple[tuple[Outgoing, ...], list[Problem]]:
    """What is to be sent, and every mistake; the file of a mistake is the URL, its path begins with ``then``."""
    document = Document({"then": answer}, url)
    problems = check(document, _SCHEMA)
    if not isinstance(answer, list):
        return (), problems
    wrong = {int(found[1]) for problem in problems if (found := _ENTRY.match(problem.path))}
    sent: list[Outgoing] = []
    for number, entry in enumerate(answer):
        if number in wrong:
            continue
        reading = Reading(document=document, catalogue=catalogue, edition=edition, seed=seed, lang=lang)
        made = outgoing(reading, entry, ("then", number))
        problems += reading.problems
        if not reading.problems:
            sent.append(made)
    return tuple(sent), problems
