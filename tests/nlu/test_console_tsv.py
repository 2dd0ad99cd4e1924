"""The console's files: what is read in spite of Excel, what is refused and how, and what is written."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcloud.nlu.tsv import (
    canonical,
    decoded,
    file_name,
    read_intent,
    read_slot_type,
    write_intent,
    write_slot_type,
)
from tests.nlu.variations import HERE

TYPE = "페퍼로니\t페퍼로니 피자\n바베큐\t바베큐 피자\tBBQ 피자\n"
ENTRIES = (("페퍼로니", ("페퍼로니 피자",)), ("바베큐", ("바베큐 피자", "BBQ 피자")))
ORDER = (
    "[INTENT SLOT]\npizzaType\tPIZZA_TYPE\npizzaAmount\tCLOVA.NUMBER\n\n"
    "[INTENT EXPRESSION]\n<pizzaType>페퍼로니</pizzaType> <pizzaAmount>2판</pizzaAmount> 주문해줘.\n피자 시켜줘\n"
)
SLOTS = (("pizzaType", "PIZZA_TYPE"), ("pizzaAmount", "CLOVA.NUMBER"))
EXAMPLES = ("<pizzaType>페퍼로니</pizzaType> <pizzaAmount>2판</pizzaAmount> 주문해줘.", "피자 시켜줘")


@pytest.mark.spec("K-040", "K-041")
@pytest.mark.parametrize(
    "raw",
    [
        TYPE.encode(),
        b"\xef\xbb\xbf" + TYPE.encode(),
        TYPE.replace("\n", "\r\n").encode(),
        TYPE.replace("\n", "\r").encode(),
        TYPE.encode("cp949"),
        TYPE.encode("utf-16"),
        TYPE.encode("utf-16-le"),
        TYPE.encode("utf-16-be"),
        TYPE.rstrip("\n").encode(),
        TYPE.replace("\n", "\t\t\n\n").encode(),
        TYPE.replace("\t", "    ").encode(),
        TYPE.replace("\t", " \t ").encode(),
        TYPE.replace("BBQ 피자", '"BBQ 피자"').encode(),
        TYPE.replace("BBQ 피자", "BBQ\u00a0피자\u200b").encode(),
        b"sep=\t\n" + TYPE.encode(),
        (TYPE + "...\n").encode(),
    ],
)
def test_a_slot_type_is_read_whatever_saved_it(raw: bytes) -> None:
    read = read_slot_type(decoded(raw), "t.tsv")
    assert (read.entries, read.errors) == (ENTRIES, ())


def test_japanese_files_of_excel_are_shift_jis() -> None:
    written = "ペパロニ\tペペロニ\n照り焼きチキン\tてりやき\n"
    assert decoded(written.encode("cp932"), "ja") == written


def test_bytes_that_are_no_text_are_refused_with_their_place() -> None:
    with pytest.raises(ValueError, match=r"line 2: byte 3 .* save the file as UTF-8"):
        decoded(b"ok\n\xff\xff\xff\n")


@pytest.mark.spec("K-042", "K-043")
@pytest.mark.parametrize(
    "written",
    [
        ORDER,
        ORDER.replace("\n\n", "\n"),
        ORDER.replace("\n\n", "\n\n\n"),
        ORDER.replace("\t", "     "),
        ORDER.replace("[INTENT SLOT]", "[ intent slot ]").replace("[INTENT EXPRESSION]", "[INTENT EXPRESSION]\t\t"),
        ORDER.replace("<", "&lt;").replace(">", "&gt;"),
        ORDER + "...\n",
        ORDER + "피자 시켜줘\n",
        ORDER.replace("[INTENT SLOT]", '"[INTENT SLOT]"').replace("[INTENT EXPRESSION]", '"[INTENT EXPRESSION]"\t""'),
        "[INTENT EXPRESSION]" + ORDER.partition("[INTENT EXPRESSION]")[2] + ORDER.partition("\n\n")[0],
    ],
)
def test_an_intent_is_read_whatever_saved_it(written: str) -> None:
    read = read_intent(written, "i.tsv")
    assert (read.slots, tuple(example for example, _ in read.examples), read.errors) == (SLOTS, EXAMPLES, ())


@pytest.mark.spec("K-043")
@pytest.mark.parametrize("empty", ["", "[INTENT SLOT]\n\n"])
def test_an_intent_may_have_no_slots(empty: str) -> None:
    read = read_intent(f"{empty}[INTENT EXPRESSION]\n메뉴 알려줘\n")
    assert (read.slots, read.examples[0][0], read.errors) == ((), "메뉴 알려줘", ())
    assert write_intent(read.slots, ["메뉴 알려줘"]) == "[INTENT EXPRESSION]\n메뉴 알려줘\n"


HEAD = "[INTENT SLOT]\nx\tT\ny\tT\n[INTENT EXPRESSION]\n"


@pytest.mark.spec("K-035", "K-041", "K-044")
@pytest.mark.parametrize(
    ("kind", "written", "line", "column", "said", "hint"),
    [
        ("intent", HEAD + "<x>가 나\n", 5, 1, "<x> is never closed", "</x>"),
        ("intent", HEAD + "가</x> 나\n", 5, 2, "</x> closes nothing", "<x>"),
        ("intent", HEAD + "<x>가</y> 나\n", 5, 5, "</y> closes nothing: <x> is open", "</x>"),
        ("intent", HEAD + "<x>가 <y>나</y></x>\n", 5, 6, "<y> stands inside <x>", "</x>"),
        ("intent", HEAD + "<x>가</x> <x>나</x>\n", 5, 10, "tagged twice", "a slot of its own"),
        ("intent", HEAD + "나 <X>가</X>\n", 5, 3, "<X> is not a slot", "did you mean x?"),
        ("intent", HEAD + "<z>가</z>\n", 5, 1, "<z> is not a slot", "[INTENT SLOT]"),
        ("intent", "메뉴 알려줘\n", 1, 0, "stands under no heading", "[INTENT EXPRESSION]"),
        ("intent", "[INTENT SLOT]\nx\n", 2, 0, "'x' is not a slot", "a tab"),
        ("intent", "[INTENT SLOT]\n<x>가</x> 주문해줘\n", 2, 0, "is not a slot", "[INTENT EXPRESSION]"),
        ("intent", "[INTENT SLOT]\nx\tT\nx\tU\n", 3, 0, "has the type T in line 2", "K-035"),
        ("slottype", "가\t나\n가\t다\n", 2, 0, "already in line 1", "one line"),
        ("slottype", "가\t나\n다\t나\n", 2, 0, "'나' means '가' in line 1", "one meaning"),
        ("slottype", "가\t나\n나\t다\n", 2, 0, "'나' is a synonym of '가'", "one meaning"),
        ("slottype", "\t나\n", 1, 0, "the first cell is empty", "representative"),
        ("intent", "[INTENT EXPRESSION]\n<y>가</y>\n[INTENT SLOT]\nx\tT\n", 2, 1, "<y> is not a slot", "declare it"),
        ("slottype", '"[INTENT SLOT]"\t\n', 1, 0, "belongs to an intent", "take the line out"),
        ("slottype", "[INTENT SLOT]\n", 1, 0, "belongs to an intent", "take the line out"),
    ],
)
def test_a_mistake_has_its_place_and_its_cure(
    kind: str, written: str, line: int, column: int, said: str, hint: str
) -> None:
    read = read_intent(written, "m.tsv") if kind == "intent" else read_slot_type(written, "m.tsv")
    (problem,) = read.errors
    assert (problem.file, problem.line, problem.column) == ("m.tsv", line, column), problem
    assert said in problem.said
    assert hint in problem.hint


def test_mistakes_come_in_the_order_of_their_lines() -> None:
    read = read_intent("[INTENT EXPRESSION]\n<x>가\n[INTENT SLOT]\nx\n")
    assert [problem.line for problem in read.errors] == [2, 4]


def test_one_mistake_hides_no_other_and_nothing_that_is_right() -> None:
    read = read_intent(HEAD + "<x>가\n나</y>\n<x>다</x> 줘\n")
    assert [problem.line for problem in read.errors] == [5, 6]
    assert [example for example, _ in read.examples] == ["<x>다</x> 줘"]


@pytest.mark.parametrize(
    ("kind", "written", "said"),
    [
        ("slottype", "", "no entry"),
        ("slottype", "가\t나\n\t다\n", "goes to '가'"),
        ("slottype", "가\t나\n가\t나\n", "is in line 1 already"),
        ("slottype", "가\t가\n", "is the value itself"),
        ("slottype", "가\t나\t나\n", "stands there twice"),
        ("slottype", "가,나,다\n", "commas"),
        ("intent", "", "no example"),
        ("intent", "[INTENT EXPRESSION]\n가\n가\n", "is in line 2 already"),
        ("intent", "[INTENT EXPRESSION]\n가\t나\n", "a tab in an example"),
        ("intent", "[INTENT SLOT]\nx T\n[INTENT EXPRESSION]\n<x>가</x>\n", "one blank"),
        ("intent", HEAD + "<x> </x> 줘\n", "holds nothing"),
        ("intent", HEAD.replace("[INTENT SLOT]", '"[INTENT SLOT]"') + "<x>가</x>\n", "is in quotes"),
        ("intent", "[INTENT EXPRESSION]\n<x>가</x>\n[INTENT SLOT]\nx\tT\n", "stands after the examples of line 2"),
    ],
)
def test_what_can_be_read_all_the_same_is_a_warning(kind: str, written: str, said: str) -> None:
    read = read_intent(written) if kind == "intent" else read_slot_type(written)
    assert read.errors == ()
    assert any(said in problem.said for problem in read.warnings), read.warnings


@pytest.mark.spec("K-041", "K-043", "K-045")
@pytest.mark.parametrize("file", sorted((HERE / "models").rglob("*.tsv")), ids=lambda file: file.name)
def test_what_is_downloaded_is_what_was_uploaded(file: object) -> None:
    from pathlib import Path

    assert isinstance(file, Path)
    named = file_name(file.name)
    assert named is not None
    assert str(named) == file.name
    assert canonical(named.kind, file.read_text("utf-8")) == (file.read_text("utf-8"), ())


cells = st.text("가나다라 <>/ab\t\n\"'[]=,.", max_size=12) | st.sampled_from(
    [
        "[INTENT SLOT]",
        '"[INTENT SLOT]"',
        '"""[INTENT SLOT]"""',
        "[INTENT",
        "SLOT]",
        "[INTENT EXPRESSION]",
        '"',
        '""',
        "...",
    ]
)


@given(st.lists(st.lists(cells, max_size=4).map("\t".join), max_size=8).map("\n".join), st.booleans())
def test_any_text_is_read_and_what_is_written_is_stable(written: str, head: bool) -> None:
    written = HEAD + written if head else written
    for kind in ("intent", "slottype"):
        once, errors = canonical(kind, written)
        again, more = canonical(kind, once)
        assert not more or errors or kind == "slottype"
        assert again == once or errors


@pytest.mark.parametrize("name", ["my.pizza_intent_Order.txt.bak", "intent_Order.tsv", "my.pizza.tsv", "a_slot_T.tsv"])
def test_another_name_says_nothing(name: str) -> None:
    assert file_name(name) is None


def test_a_hundred_thousand_lines_are_read_in_a_moment() -> None:
    """Measured: 0.7 s of processor time; the limit leaves room for a busy machine."""
    entries = [(f"값{n}", (f"말{n}", f"소리{n}")) for n in range(100_000)]
    written = write_slot_type(entries)
    began = process_time()
    read = read_slot_type(written)
    assert process_time() - began < 5
    assert len(read.entries) == 100_000
    assert read.errors == ()
