"""``scenario.md``: every key of a scenario file, from the schema that files are checked by."""

from collections.abc import Iterator

from docs.writers.markdown import Page, block, code, page, section, sentence, table
from mockcloud.catalogue.fields import Field, fields
from mockcloud.catalogue.schemas import SchemaFiles
from mockcloud.data import data_dir
from mockcloud.scenario.language import SCHEMA

_INTRODUCTION = """\
A scenario is a YAML file with two halves, either of which may stand alone: `rules` say what the cloud answers, `steps`
say what happens and what must follow. `mockcloud replay FILE` runs one, `mockcloud serve --scenario FILE` and
`PUT /v1/accounts/{account}/scenario` give its rules to an account. A file with a mistake is not run: every mistake is
listed with its line."""

_PARTS = {
    "": ("The file", "What stands at top level."),
    "given": ("given", "What holds before the first step."),
    "rules[]": ("rules", "The first rule in file order whose `when` holds decides, and sends what `then` lists."),
    "steps[]": ("steps", "What happens, one after the other; `expect` says what must follow."),
}


def pages() -> Iterator[Page]:
    rows = list(fields(SchemaFiles([]), {**SCHEMA, "$id": ""}))
    example = (data_dir("scenarios") / "speech" / "weather.yaml").read_text(encoding="utf-8")
    yield page(
        "scenario.md",
        "Scenario files",
        _INTRODUCTION,
        *(section(title, said, _keys(part, rows)) for part, (title, said) in _PARTS.items()),
        section("An example", block(example, "yaml")),
    )


def _keys(part: str, rows: list[Field]) -> str:
    of_part = [row for row in rows if _part(row.path) == part and not row.path.startswith("steps[].parallel[].")]
    return table(("Key", "What stands there", "Needed", "Meaning"), (_row(row, part) for row in of_part))


def _part(path: str) -> str:
    first = path.partition(".")[0]
    return first if first in _PARTS and first != path else ""


def _row(row: Field, part: str) -> tuple[str, ...]:
    name = row.path.removeprefix(f"{part}.") if part else row.path
    return code(name), row.form, "yes" if row.always else "", sentence(row.description)
