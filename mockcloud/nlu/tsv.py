"""The files of the developers' console: an intent, or a slot type, as tab-separated text (K-040..K-045).

Reading forgives what people and Excel do to such files, and says so; writing is exact: UTF-8 without BOM, LF, tabs.

    a slot type     치즈→치즈 피자                 representative value, then its synonyms
    an intent       [INTENT SLOT]
                    pizzaType→PIZZA_TYPE           name of the slot, its type
                    [INTENT EXPRESSION]
                    <pizzaType>치즈</pizzaType> 주문해줘

Nothing of a file with a mistake is lost: what is right in it is read, and each mistake has its line and its cure.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from mockcloud.errors import Problem
from mockcloud.nlu.model import Example, TagMistake
from mockcloud.vocabulary.value import Value

_FILE_NAME = re.compile(r"(?P<id>.+?)_(?P<kind>intent|slottype)_(?P<name>.+)\.(?:tsv|txt)", re.IGNORECASE)
_HEADING = re.compile(r"\s*[\[［]\s*INTENT[\s_]*(SLOT|EXPRESSION)S?\s*[\]］][\s,\"]*", re.IGNORECASE)
_ELLIPSIS = re.compile(r"(?:\.{3,}|…+)")
_INVISIBLE = re.compile("[\ufeff\u200b\u200c\u200d\u2060\u00ad]")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
"""Letters of nobody: what a code page makes of bytes that are none of its own."""
_BLANKS = re.compile("[\u00a0\u3000\u2009\u202f]")
_CELLS = re.compile(r"[ ]*\t[ \t]*|[ ]{2,}")
_ENTITY = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&amp;": "&"}
_ANY_ENTITY = re.compile("|".join(_ENTITY))


class FileName(Value, frozen=True):
    """What the name of a console file says: ``<extensionId>_intent_<Intent>.tsv``."""

    extension: str
    kind: str
    """``intent`` or ``slottype``."""
    name: str

    def __str__(self) -> str:
        return f"{self.extension}_{self.kind}_{self.name}.tsv"


class IntentFile(Value, frozen=True):
    """An intent as its file says."""

    slots: tuple[tuple[str, str], ...]
    """Name and type, in their order."""
    examples: tuple[tuple[str, int], ...]
    """Each as it is written, with its line."""
    lines: tuple[tuple[str, int], ...]
    """By slot, the line where it is declared."""
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


class SlotTypeFile(Value, frozen=True):
    """A custom slot type as its file says."""

    entries: tuple[tuple[str, tuple[str, ...]], ...]
    """Representative value and its synonyms."""
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def file_name(name: str) -> FileName | None:
    """The parts of such a name; ``None`` for any other."""
    found = _FILE_NAME.fullmatch(name)
    return FileName(found["id"], found["kind"].lower(), found["name"]) if found else None


# Bytes


def decoded(raw: bytes, lang: str = "ko") -> str:
    """The text of a file: UTF-8 or UTF-16, with BOM or without, else what Excel saves in that language.

    Raises `ValueError` with the cure if it is none of them.
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if raw.startswith(mark):
            return _as(raw, encoding)
    if b"\0" in raw:
        even, odd = raw[::2].count(0), raw[1::2].count(0)
        return _as(raw, "utf-16-be" if even > odd else "utf-16-le")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    for encoding in ("cp932", "cp949") if lang == "ja" else ("cp949", "cp932"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _PRIVATE.search(text):
            return text
    return _as(raw, "utf-8")


def _as(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ValueError(
            f"line {line}: byte {error.start} is not text in UTF-8, UTF-16, CP949 or Shift-JIS; save the file as UTF-8"
        ) from None


# Lines


@dataclass(slots=True)
class _Notes:
    """The mistakes of a file as they are met."""

    file: str
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def error(self, line: int, said: str, hint: str, column: int = 0) -> None:
        self.errors.append(Problem(said, self.file, line, column, hint=hint))

    def warning(self, line: int, said: str, hint: str = "", column: int = 0) -> None:
        self.warnings.append(Problem(said, self.file, line, column, hint=hint))

    def sort(self) -> None:
        """In the order of the lines."""
        self.errors.sort(key=lambda one: one.line)
        self.warnings.sort(key=lambda one: one.line)


def _rows(written: str, notes: _Notes) -> Iterable[tuple[int, str]]:
    """Lines that hold something, numbered from 1, with what cannot be seen taken out."""
    if written.startswith(('"sep=', "sep=")):
        notes.warning(1, "a line for Excel, `sep=`, is passed over")
        written = written.partition("\n")[2]
        start = 2
    else:
        start = 1
    for number, line in enumerate(re.split(r"\r\n|\n|\r", written), start):
        row = _BLANKS.sub(" ", _INVISIBLE.sub("", line)).rstrip()
        if row.strip() and not _ELLIPSIS.fullmatch(row.strip()):
            yield number, row


def _cells(row: str) -> list[str]:
    """The cells of a row: between tabs, or between two and more blanks where there is no tab."""
    cells = row.split("\t") if "\t" in row else _CELLS.split(row.strip())
    return [" ".join(_unquoted(cell.strip()).split()) for cell in cells]


def _unquoted(cell: str) -> str:
    """Without the quotes that Excel puts around a cell with a comma or a quote in it."""
    if len(cell) > 1 and cell[0] == cell[-1] == '"':
        return cell[1:-1].replace('""', '"').strip()
    return cell


def _quoted(cell: str) -> str:
    """As it must be written to be read as what it is: in quotes only where it would mean something else without.

    Reading yields no cell that is a heading: a heading is one in quotes too.
    """
    if _unquoted(cell) == cell and not _ELLIPSIS.fullmatch(cell):
        return cell
    return '"' + cell.replace('"', '""') + '"'


# A slot type


def read_slot_type(written: str, file: str = "") -> SlotTypeFile:
    """Read the file of a custom slot type. ``file`` is what mistakes name."""
    notes = _Notes(file)
    entries: dict[str, list[str]] = {}
    owner: dict[str, tuple[str, int]] = {}
    last = ""
    for number, row in _rows(written, notes):
        cells = _cells(row)
        if _HEADING.fullmatch(row) or _HEADING.fullmatch(cells[0]):
            notes.error(
                number, f"{row.strip()} belongs to an intent", "this is the file of a slot type: take the line out"
            )
            continue
        if cells[0]:
            last = cells[0]
            _add_entry(entries, owner, number, cells, notes)
        elif last:
            notes.warning(
                number,
                f"the first cell is empty: {', '.join(filter(None, cells))!r} goes to {last!r}",
                "write the synonyms of a value into one line",
            )
            _add_synonyms(entries, owner, number, last, cells, notes)
        else:
            notes.error(number, "the first cell is empty", "the first cell is the representative value")
    if not entries and not notes.errors:
        notes.warning(1, "the slot type has no entry", "one line for each value: value, tab, synonyms")
    return SlotTypeFile(
        tuple((value, tuple(synonyms)) for value, synonyms in entries.items()),
        tuple(notes.errors),
        tuple(notes.warnings),
    )


def _add_entry(
    entries: dict[str, list[str]], owner: dict[str, tuple[str, int]], number: int, cells: Sequence[str], notes: _Notes
) -> None:
    value = cells[0]
    known = owner.get(value)
    if value in entries:
        added = [cell for cell in cells[1:] if cell and cell not in entries[value]]
        _, line = owner[value]
        if added:
            notes.error(number, f"{value!r} is a value already in line {line}", "put its synonyms into one line")
        else:
            notes.warning(number, f"{value!r} is in line {line} already", "take one of the lines out")
    elif known is not None:
        notes.error(
            number,
            f"{value!r} is a synonym of {known[0]!r} in line {known[1]} already",
            "a word has one meaning within a slot type: take one out",
        )
    else:
        owner[value] = (value, number)
    entries.setdefault(value, [])
    if len(cells) == 1 and "," in value and '"' not in value:
        notes.warning(number, f"no tab, but commas: {value!r} is one value", "cells are separated by tabs, not commas")
    _add_synonyms(entries, owner, number, value, cells, notes)


def _add_synonyms(
    entries: dict[str, list[str]],
    owner: dict[str, tuple[str, int]],
    number: int,
    value: str,
    cells: Sequence[str],
    notes: _Notes,
) -> None:
    for synonym in filter(None, cells[1:]):
        known = owner.get(synonym)
        if known is None:
            owner[synonym] = (value, number)
            entries[value].append(synonym)
        elif known[0] != value:
            notes.error(
                number,
                f"{synonym!r} means {known[0]!r} in line {known[1]} already",
                "a word has one meaning within a slot type: take one out",
            )
        elif synonym == value:
            notes.warning(number, f"the synonym {synonym!r} is the value itself", "take it out")
        elif known[1] == number:
            notes.warning(number, f"the synonym {synonym!r} stands there twice", "take one out")


def write_slot_type(entries: Iterable[tuple[str, Sequence[str]]]) -> str:
    """The file of a slot type (K-040, K-041)."""
    return "".join("\t".join(map(_quoted, (value, *synonyms))) + "\n" for value, synonyms in entries)


# An intent


def read_intent(written: str, file: str = "") -> IntentFile:
    """Read the file of an intent. ``file`` is what mistakes name."""
    notes = _Notes(file)
    slots: dict[str, tuple[str, int]] = {}
    examples: dict[str, int] = {}
    sections = _sections(written, notes)
    for number, row in sections["SLOT"]:
        _add_slot(slots, number, row, notes)
    for number, row in sections["EXPRESSION"]:
        _add_example(examples, slots, number, row, notes)
    notes.sort()
    if not examples and not notes.errors:
        notes.warning(
            1,
            "the intent has no example: nothing can be understood as it",
            "add [INTENT EXPRESSION] and a line for each example",
        )
    return IntentFile(
        tuple((name, type_) for name, (type_, _) in slots.items()),
        tuple(examples.items()),
        tuple((name, line) for name, (_, line) in slots.items()),
        tuple(notes.errors),
        tuple(notes.warnings),
    )


def _sections(written: str, notes: _Notes) -> dict[str, list[tuple[int, str]]]:
    """The rows under each of the two headings, wherever these stand."""
    rows: dict[str, list[tuple[int, str]]] = {"SLOT": [], "EXPRESSION": []}
    section = ""
    for number, row in _rows(written, notes):
        heading = _heading(row)
        if heading:
            if heading == "SLOT" and rows["EXPRESSION"]:
                notes.warning(
                    number,
                    f"[INTENT SLOT] stands after the examples of line {rows['EXPRESSION'][0][0]}; it is read so too",
                    "put it first: the console wants the slots before the examples (K-043)",
                )
            if not _HEADING.fullmatch(row):
                notes.warning(number, f"the heading {row.strip()} is in quotes", f"write [INTENT {heading}]")
            section = heading
        elif section:
            rows[section].append((number, row))
        else:
            notes.error(
                number,
                f"{row.strip()!r} stands under no heading",
                "the file begins with [INTENT SLOT] or [INTENT EXPRESSION]",
            )
    return rows


def _heading(row: str) -> str:
    """Whose heading the row is, ``SLOT`` or ``EXPRESSION``, also within the quotes of a spreadsheet; else empty."""
    found = _HEADING.fullmatch(row) or ('"' in row and _HEADING.fullmatch(_one_cell(row)))
    return found[1].upper() if found else ""


def _one_cell(row: str) -> str:
    """The row as the one cell that an example or a heading is."""
    return " ".join(filter(None, (_unquoted(cell.strip()) for cell in row.split("\t"))))


def _add_slot(slots: dict[str, tuple[str, int]], number: int, row: str, notes: _Notes) -> None:
    cells = [cell for cell in _cells(row) if cell]
    if len(cells) == 1 and "<" not in row and len(parts := cells[0].split()) == 2:
        notes.warning(number, f"{cells[0]!r}: one blank between the slot and its type", "write a tab there")
        cells = parts
    if len(cells) != 2:
        hint = "a slot is its name, a tab and its type"
        if "<" in row:
            hint = "examples stand under [INTENT EXPRESSION]"
        notes.error(number, f"{row.strip()!r} is not a slot", hint)
    elif cells[0] in slots:
        known, line = slots[cells[0]]
        if known == cells[1]:
            notes.warning(
                number, f"the slot {cells[0]} is declared in line {line} already", "take one of the lines out"
            )
        else:
            notes.error(
                number,
                f"the slot {cells[0]} has the type {known} in line {line} already",
                "a slot has one type (K-035): give the other one a name of its own",
            )
    else:
        slots[cells[0]] = (cells[1], number)


def _add_example(
    examples: dict[str, int], slots: dict[str, tuple[str, int]], number: int, row: str, notes: _Notes
) -> None:
    if "\t" in row.strip():
        notes.warning(number, "a tab in an example is read as a blank", "an example is one cell (K-043)")
    written = _one_cell(row)
    if not written:
        notes.warning(number, "the example is empty", "take the line out")
        return
    if "&lt;" in written:
        notes.warning(number, "&lt; and &gt; are read as < and >", "write tags as <slot>value</slot>")
        written = _ANY_ENTITY.sub(lambda found: _ENTITY[found.group()], written)
    try:
        example = Example.parse(written)
    except TagMistake as mistake:
        notes.error(number, mistake.said, mistake.cure, mistake.column)
        return
    unknown = [tag.slot for tag in example.tags if tag.slot not in slots]
    for slot in unknown:
        near = next((name for name in slots if name.lower() == slot.lower()), "")
        hint = (
            f"did you mean {near}? names are case-sensitive" if near else "declare it under [INTENT SLOT], with a type"
        )
        notes.error(
            number,
            f"<{slot}> is not a slot of this intent",
            hint,
            written.index(f"<{slot}") + 1 if f"<{slot}" in written else 0,
        )
    if unknown:
        return
    for tag in example.tags:
        if not example.text[tag.start : tag.end].strip():
            notes.warning(number, f"<{tag.slot}> holds nothing", "write a value that people say")
    if written in examples:
        notes.warning(number, f"the example is in line {examples[written]} already", "take one of the lines out")
    examples.setdefault(written, number)


def write_intent(slots: Iterable[tuple[str, str]], examples: Iterable[str]) -> str:
    """The file of an intent (K-042, K-043)."""
    declared = "".join("\t".join(map(_quoted, slot)) + "\n" for slot in slots)
    said = "".join(f"{_quoted(example)}\n" for example in examples)
    return (f"[INTENT SLOT]\n{declared}\n" if declared else "") + f"[INTENT EXPRESSION]\n{said}"


def canonical(kind: str, written: str, file: str = "") -> tuple[str, tuple[Problem, ...]]:
    """A file of that kind (``intent``, ``slottype``) as the console exports it, and the mistakes in the way."""
    if kind == "intent":
        intent = read_intent(written, file)
        return write_intent(intent.slots, (example for example, _ in intent.examples)), intent.errors
    slot_type = read_slot_type(written, file)
    return write_slot_type(slot_type.entries), slot_type.errors
