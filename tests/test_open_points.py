"""The page of decisions names every open point of the lists once, with the setting that decides it."""

import json
import re
from pathlib import Path

import mockcloud
from mockcloud.settings import declared

ROOT = Path(mockcloud.__file__).parent.parent
PAGE = ROOT / "docs" / "decisions.md"
SILENT = {"R", "own"}
"""Where a requirement rests on no text: a recommended default, or the list's own choice."""


def rows() -> list[tuple[str, str, set[str]]]:
    """Item, decision and settings of every row of the table."""
    table = PAGE.read_text(encoding="utf-8").split("\n## Open points\n")[1].split("\n## ")[0]
    found = re.findall(r"^\| ([CK]-\d{3}) \| (.+?) \| (.*?) ?\|$", table, re.MULTILINE)
    assert len(found) == table.count("\n| ") - 1, "a row that cannot be read"
    return [(item, said, set(re.findall(r"`([\w.]+)`", settings))) for item, said, settings in found]


def test_an_item_stands_there_once_and_in_order() -> None:
    items = [item for item, _, _ in rows()]
    assert items == sorted(set(items))


def test_every_item_that_rests_on_no_text_is_there() -> None:
    lists = json.loads((ROOT / "docs" / "requirements.json").read_text(encoding="utf-8"))
    silent = {one for name in ("cloud-cic", "cloud-cek") for one, basis in lists[name].items() if basis in SILENT}
    assert not silent - {item for item, _, _ in rows()}


def test_every_setting_stands_with_its_item() -> None:
    told = {item: settings for item, _, settings in rows()}
    decided = {(one.item, ".".join(one.path)) for one in declared() if one.path[0] == "behaviour"}
    assert not {(item, path) for item, path in decided if path not in told.get(item, ())}


def test_every_setting_there_is_one() -> None:
    known = {".".join(one.path) for one in declared()}
    assert not {path for _, _, settings in rows() for path in settings} - known
