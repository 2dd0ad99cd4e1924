"""The layers of ARCHITECTURE.md: a layer imports only from lines above its own."""

import ast
import re
from functools import cache
from pathlib import Path

import mockcloud

PACKAGE = Path(mockcloud.__file__).parent
PAGE = PACKAGE.parent / "ARCHITECTURE.md"
PURE = (
    "vocabulary",
    "clock",
    "settings",
    "wire",
    "journal",
    "nlu",
    "speech",
    "cek",
    "faults",
    "scenario",
    "cloud",
    "cic",
)
IMPURE = {"asyncio", "time", "random", "socket", "ssl", "threading", "secrets", "select", "selectors"}


@cache
def layers() -> list[set[str]]:
    block = PAGE.read_text().split("## Layers")[1].split("\n## ")[0]
    lines = re.findall(r"^    (\w+(?:(?:, | \| )\w+)*)  +", block, re.MULTILINE)
    return [set(re.split(r", | \| ", line)) for line in lines]


@cache
def modules() -> list[tuple[str, Path, set[str]]]:
    """(unit, file, imported modules) for every module of the package."""
    found = []
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = file.relative_to(PACKAGE).with_suffix("").parts
        imported = set()
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        found.append((parts[0], file.relative_to(PACKAGE), imported))
    return found


def units(imported: set[str]) -> set[str]:
    found = {name.split(".")[1] for name in imported if name.startswith("mockcloud.")}
    return {unit for unit in found if (PACKAGE / unit).is_dir() or (PACKAGE / f"{unit}.py").is_file()}


def test_every_unit_has_a_layer() -> None:
    known = set().union(*layers())
    there = {unit for unit, _, _ in modules()} - {"__init__", "__main__", "_data", "conftest"}
    assert there <= known, f"not in ARCHITECTURE.md: {there - known}"


def test_imports_point_upwards() -> None:
    order = {name: depth for depth, line in enumerate(layers()) for name in line}
    wrong = [
        f"{file} is in layer {unit!r} and may not import {other!r}"
        for unit, file, imported in modules()
        if unit not in ("__init__", "__main__")
        for other in sorted(units(imported) - {unit})
        if order[other] >= order[unit]
    ]
    assert not wrong


def test_pure_layers_touch_no_socket_no_clock_no_chance() -> None:
    wrong = [
        f"{file} imports {name!r}"
        for unit, file, imported in modules()
        if unit in PURE
        for name in sorted({name.split(".")[0] for name in imported} & IMPURE)
    ]
    assert not wrong


def test_only_the_catalogue_imports_jsonschema() -> None:
    users = {unit for unit, _, imported in modules() if any(n.split(".")[0].startswith("jsonschema") for n in imported)}
    assert users <= {"catalogue"}
