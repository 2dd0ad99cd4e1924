"""``settings.md``: every setting, from its one declaration."""

from collections.abc import Iterator

from docs.writers.markdown import Page, block, code, page, section, sentence, table
from mockcloud.clock import MILLISECOND, SECOND
from mockcloud.settings import Declared, declared

_BLOCKS = {
    "": ("The server and its accounts", "`edition`, `strict`, `timezone`, `lang` and `seed` are defaults of accounts."),
    "behaviour": (
        "behaviour",
        "What the specification leaves open. The recommended reading is the default; each account may have its own.",
    ),
    "limits": ("limits", "How much of anything is taken in. Sizes are bytes."),
}

_HEAD = ("In the file", "In the environment", "Flag", "Default", "Meaning", "Requirement")

_INTRODUCTION = """\
A setting is looked up on the command line, then in the environment, then in `mockcloud.yaml` (in the working folder or
the nearest one above), then here. In the file blocks are nested:"""

_EXAMPLE = """\
port: 0
edition: "4.4"
behaviour:
  hang_over: 1s
limits:
  body: 1048576"""

_SHARED = """\
A setting without a flag of its own is given as `--set behaviour.hang_over=1s`. Durations are written `250ms`, `5s`,
`3m`, `2h`, `1m30s` or `PT55M`. Lists are written as YAML lists in the file, with commas in the environment, and as
repeated flags. An unknown name is refused in the file and on the command line, and warned of in the environment."""


def pages() -> Iterator[Page]:
    yield page("settings.md", "Settings", _INTRODUCTION, block(_EXAMPLE, "yaml"), _SHARED, *_sections())


def _sections() -> Iterator[str]:
    settings = declared()
    for name in dict.fromkeys("".join(one.path[:-1]) for one in settings):
        title, said = _BLOCKS.get(name, (name, ""))
        rows = (_row(one) for one in settings if "".join(one.path[:-1]) == name)
        yield section(title, said, table(_HEAD, rows))


def _row(one: Declared) -> tuple[str, ...]:
    said = sentence(one.said)
    if one.choices:
        said += f" One of {', '.join(map(code, one.choices))}."
    return code(".".join(one.path)), code(one.variable), code(_flag(one)), code(_default(one)), said, one.item


def _flag(one: Declared) -> str:
    if len(one.path) > 1:
        return ""
    name = one.path[0].replace("_", "-")
    return f"--{name}/--no-{name}" if one.kind == "switch" else f"--{name}"


def _default(one: Declared) -> str:
    if one.kind == "duration":
        return duration(one.default)
    if one.kind == "switch":
        return "true" if one.default else "false"
    if one.kind == "list":
        return ",".join(one.default) or "[]"
    return str(one.default) if one.default != "" else '""'


def duration(nanoseconds: int) -> str:
    """As a settings file has it: ``10s``, ``600ms``, ``3600h``."""
    for unit, name in ((3600 * SECOND, "h"), (60 * SECOND, "m"), (SECOND, "s"), (MILLISECOND, "ms")):
        if nanoseconds and nanoseconds % unit == 0:
            return f"{nanoseconds // unit}{name}"
    return "0"
