"""The documentation: the reference that is written from the product, and what the pages by hand refer to."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from docs import build
from docs.writers.markdown import anchor, section, sentence, table
from docs.writers.settings import duration
from mockcloud.catalogue import Catalogue
from mockcloud.catalogue.schemas import FOLDERS
from mockcloud.commands import COMMANDS, command_line
from mockcloud.faults.document import read_fault
from mockcloud.server.control.routes import ROUTES
from mockcloud.settings import Declared, Settings, apply, declared
from mockcloud.vocabulary.codes import CODES

BY_HAND = sorted((build.ROOT / "docs").glob("*.md"))
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"(#{1,6}) (.+)")
FAULT = re.compile(r"`(\{on: [^`]*\})`")
CALL = re.compile(r"(?:GET|POST|PUT|PATCH|DELETE|curl|localhost:8444)?[^\s`\"]*(/v1/[\w/{}$-]+)")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All pages as the site is built from them."""
    folder = tmp_path_factory.mktemp("docs")
    build.write(folder / "reference")
    for file in BY_HAND:
        (folder / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    return folder


def prose(text: str) -> Iterator[str]:
    """The lines that are not inside of a fence."""
    fenced = False
    for line in text.splitlines():
        if line.startswith("```"):
            fenced = not fenced
            yield "(code)"
        elif not fenced:
            yield line


def headings(text: str) -> Iterator[tuple[int, str, bool]]:
    """Level and text of every heading, and whether something stands below it before the next one."""
    found: list[tuple[int, str, bool]] = []
    for line in prose(text):
        if heading := HEADING.fullmatch(line):
            found.append((len(heading[1]), heading[2], False))
        elif line.strip() and found:
            found[-1] = (*found[-1][:2], True)
    yield from found


def empty_sections(text: str) -> list[str]:
    """Headings with nothing below them, not even a deeper heading."""
    found = list(headings(text))
    following = [level for level, _, _ in found[1:]] + [0]
    return [
        name for (level, name, filled), after in zip(found, following, strict=True) if not filled and after <= level
    ]


def dead_links(file: Path, folder: Path) -> Iterator[str]:
    for target in LINK.findall("\n".join(prose(file.read_text(encoding="utf-8")))):
        if re.match(r"[a-z]+:", target):
            continue
        place, _, fragment = target.partition("#")
        other = (file.parent / place).resolve() if place else file
        if not other.is_file() or not other.is_relative_to(folder.resolve()):
            yield f"{file.relative_to(folder)}: {target}"
        elif fragment and fragment not in {anchor(name) for _, name, _ in headings(other.read_text(encoding="utf-8"))}:
            yield f"{file.relative_to(folder)}: {target}, no such heading"


def test_every_page_has_a_title_and_no_empty_section(site: Path) -> None:
    wrong = []
    for file in sorted(site.rglob("*.md")):
        text = file.read_text(encoding="utf-8")
        levels = [level for level, _, _ in headings(text)]
        if not text.startswith("# ") or levels.count(1) != 1:
            wrong.append(f"{file.relative_to(site)}: no title, or more than one")
        wrong += [f"{file.relative_to(site)}: nothing below {name!r}" for name in empty_sections(text)]
    assert not wrong


def test_no_link_is_dead(site: Path) -> None:
    assert [dead for file in sorted(site.rglob("*.md")) for dead in dead_links(file, site)] == []


@pytest.mark.parametrize(
    "file",
    [build.ROOT / "README.md", build.ROOT / "README.ko.md", *sorted((build.ROOT / "examples").rglob("README.md"))],
    ids=lambda file: str(file.relative_to(build.ROOT)),
)
def test_no_link_beside_the_site_is_dead(file: Path) -> None:
    assert list(dead_links(file, build.ROOT)) == []


def test_every_page_is_in_the_navigation_and_in_the_index() -> None:
    navigation = (build.ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    index = (build.ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    names = [file.name for file in BY_HAND if file.name != "index.md"]
    assert [name for name in names if f"- {name}\n" not in navigation] == []
    assert [name for name in names if f"({name})" not in index] == []


def test_the_checks_can_fail(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_text("# Title\n\n## Empty\n\n## Full\n\n[there](#full) [gone](gone.md) [nowhere](#none)\n")
    assert empty_sections(file.read_text()) == ["Empty"]
    assert list(dead_links(file, tmp_path)) == ["page.md: gone.md", "page.md: #none, no such heading"]


def test_every_message_has_a_page(site: Path) -> None:
    catalogue = Catalogue.load()
    pages = {file.relative_to(site / "reference" / "messages") for file in site.glob("reference/messages/*/*.md")}
    assert pages == {Path(kind, f"{name}.md") for kind in FOLDERS for name in catalogue.files.messages(kind)}


def test_a_message_page_shows_table_examples_and_differences(site: Path) -> None:
    text = (site / "reference/messages/directive/DeviceControl.BtDisconnect.md").read_text()
    assert "| `role` | string | `sink`, `source` |" in text
    assert '"name": "BtDisconnect"' in text
    assert "## Minimal example" in text
    assert "## Full example" in text
    assert "| `address` | added | string, optional |" in text


def test_every_code_has_a_page(site: Path) -> None:
    pages = {file.stem for file in site.glob("reference/findings/*.md")} - {"index"}
    assert pages == {one.slug for one in CODES}


def test_every_setting_is_listed(site: Path) -> None:
    text = (site / "reference/settings.md").read_text()
    for one in declared():
        assert f"`{'.'.join(one.path)}`" in text
        assert f"`{one.variable}`" in text


@pytest.mark.parametrize("one", [one for one in declared() if one.kind == "duration"], ids=lambda one: one.variable)
def test_a_duration_is_written_as_a_settings_file_takes_it(one: Declared) -> None:
    block, name = one.path
    changed = apply(Settings(), {block: {name: duration(one.default)}})
    owner = changed.account if block == "behaviour" else changed
    assert getattr(getattr(owner, block), name) == one.default


def test_every_command_and_every_call_is_listed(site: Path) -> None:
    commands = (site / "reference/commands.md").read_text()
    for name in COMMANDS:
        assert f"## mockcloud {name}\n" in commands
    calls = (site / "reference/control-api.md").read_text()
    for route in ROUTES:
        assert f"## {route.method} {route.path}\n" in calls


@pytest.mark.parametrize("file", [*BY_HAND, build.ROOT / "README.md"], ids=lambda file: file.name)
def test_commands_and_flags_of_the_pages_exist(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for name, rest in re.findall(r"^ {4}(?:MOCKCLOUD_\w+=\S+ )?mockcloud (\w+)([^#\n]*)", text, re.MULTILINE):
        command = command_line.get_command(click.Context(command_line), name)
        assert command is not None, f"{file.name}: mockcloud {name}"
        if isinstance(command, click.Group):
            inner = rest.split()[0]
            command = command.get_command(click.Context(command), inner)
            assert command is not None, f"{file.name}: mockcloud {name} {inner}"
        known = {flag for one in command.params for flag in (*one.opts, *one.secondary_opts)}
        assert set(re.findall(r"(?<=\s)--[\w-]+", rest)) <= known


@pytest.mark.parametrize("file", [*BY_HAND, build.ROOT / "README.md"], ids=lambda file: file.name)
def test_calls_of_the_pages_exist(file: Path) -> None:
    of_devices = ["/v1/directives", "/v1/events", "/v1/al/token"]
    paths = [re.sub(r"{\w+}", r"[^/]+", route.path) for route in ROUTES] + of_devices
    for call in CALL.findall(file.read_text(encoding="utf-8")):
        assert any(re.fullmatch(path, call) for path in paths), f"{file.name}: {call}"


def test_pieces_of_markdown() -> None:
    assert table(("A", "B"), [("1|2", ""), ("", "")]) == "| A |\n| --- |\n| 1\\|2 |\n|  |"
    assert table(("A",), []) == ""
    assert section("Nothing", "") == ""
    assert sentence("none: 204") == "none: 204."
    assert sentence("port of it") == "Port of it."
    assert anchor("POST /v1/push") == "post-v1push"


def test_faults_in_the_text_of_pages_are_faults() -> None:
    faults = [fault for page in BY_HAND for fault in FAULT.findall(page.read_text(encoding="utf-8"))]
    assert len(faults) >= 6
    for fault in faults:
        read_fault(fault)  # raises `UnreadableInput` for what does not load
