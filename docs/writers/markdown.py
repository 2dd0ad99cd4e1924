"""Pages, and the few pieces of Markdown that they are made of."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the reference: where it stands below ``reference/`` (``findings/audio.odd.md``), and its Markdown."""

    place: str
    text: str


def page(place: str, title: str, *blocks: str) -> Page:
    """A page of blocks, empty ones left out."""
    return Page(place, "\n\n".join([f"# {title}", *(block for block in blocks if block)]) + "\n")


def section(title: str, *blocks: str, level: int = 2) -> str:
    """A heading with what stands below it; nothing if there is nothing."""
    body = "\n\n".join(block for block in blocks if block)
    return f"{'#' * level} {title}\n\n{body}" if body else ""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; nothing if it has no rows. Columns in which no row says anything are left out."""
    lines = [list(row) for row in rows]
    there = [at for at in range(len(head)) if any(line[at] for line in lines)]
    if not there:
        return ""
    kept = [[line[at] for at in there] for line in ([*head], ["---"] * len(head), *lines)]
    return "\n".join(f"| {' | '.join(_cell(text) for text in line)} |" for line in kept)


def listed(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def code(text: str) -> str:
    """Text as it is written in programs; nothing for nothing."""
    return f"`{text}`" if text else ""


def block(text: str, language: str = "text") -> str:
    return f"```{language}\n{text.rstrip()}\n```"


def as_json(value: Any) -> str:
    return block(json.dumps(value, ensure_ascii=False, indent=2), "json")


def link(text: str, target: str) -> str:
    return f"[{text}]({target})"


def sentence(text: str) -> str:
    """With a capital at its beginning, unless that is a name, and a full stop at its end."""
    if not text:
        return ""
    first = text.split(maxsplit=1)[0]
    text = text[0].upper() + text[1:] if first.isalpha() and first.islower() else text
    return text if text[-1] in ".:!?" else f"{text}."


def anchor(heading: str) -> str:
    """What a heading is addressed by: ``POST /v1/push`` -> ``post-v1push``."""
    plain = re.sub(r"[^\w\s-]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)).strip().lower()
    return re.sub(r"[-\s]+", "-", plain.encode("ascii", "ignore").decode())


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
