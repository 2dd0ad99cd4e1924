"""``mockcloud model``: what the cloud understands, and why; the files that it is built from."""

from typing import TYPE_CHECKING, Any

import click

from mockcloud.cloud.assistant import understand
from mockcloud.commands import output
from mockcloud.commands.options import json_flag
from mockcloud.errors import EXIT_FAILED, MockcloudError, Problem, UnreadableInput, listed
from mockcloud.nlu.reading import Reading
from mockcloud.settings import LANGUAGES

if TYPE_CHECKING:
    from mockcloud.nlu.building import ModelReport

_LANG = click.Choice(LANGUAGES)


@click.group()
def model() -> None:
    """Interaction models: what an utterance is understood as."""


@model.command()
@click.argument("text")
@click.option(
    "--model",
    "paths",
    metavar="DIR|FILE",
    multiple=True,
    help="The console's files of a model, instead of the assistant.",
)
@click.option("--lang", type=_LANG, help="Language of the text.  [of a model: what its files say; else ko]")
@json_flag
@click.pass_context
def test(ctx: click.Context, text: str, paths: tuple[str, ...], lang: str | None, as_json: bool) -> None:
    """What is understood by TEXT: intent, slots, the example it is most like, runners-up.

    Without --model the built-in assistant is asked. Exit code 1: nothing was understood.
    """
    reading = _read_by(paths, lang, text) if paths else understand(text, lang or "ko")
    if as_json:
        output.payload(reading.as_json())
    else:
        click.echo("\n".join(described(reading)))
    if reading.intent is None:
        ctx.exit(EXIT_FAILED)


def _read_by(paths: tuple[str, ...], lang: str | None, text: str) -> Reading:
    from mockcloud.commands.console_files import read_models
    from mockcloud.nlu.building import build, engine

    models = read_models(paths, lang)
    if len(models) > 1:
        names = ", ".join(each.extension for each in models)
        raise MockcloudError(f"there are {len(models)} models ({names}): an utterance is read by one of them")
    (found,) = models
    errors = build(found.files, found.lang, check=False).errors
    if errors:
        raise UnreadableInput(errors)
    return engine(found.files, found.lang).parse(text, lang=found.lang)


@model.command(name="build")
@click.argument("paths", metavar="DIR|FILE...", nargs=-1, required=True)
@click.option("--lang", type=_LANG, help="Language of the models.  [what their letters say]")
@json_flag
@click.pass_context
def build_models(ctx: click.Context, paths: tuple[str, ...], lang: str | None, as_json: bool) -> None:
    """Build models from the console's files, and tell what is wrong with them.

    The files are called <extensionId>_intent_<Intent>.tsv and <extensionId>_slottype_<TYPE>.tsv.

    Exit code 1: an example is not understood as its own intent. Exit code 2: the console would refuse a file.
    """
    from mockcloud.commands.console_files import read_models
    from mockcloud.nlu.building import build

    models = read_models(paths, lang)
    reports = [(each, build(each.files, each.lang)) for each in models]
    if as_json:
        output.payload(
            [{"extension": each.extension, "lang": each.lang, **report.as_json()} for each, report in reports]
        )
    for each, report in reports:
        click.echo("\n".join(_told(each.extension, each.lang, report)), err=as_json)
    errors = [problem for _, report in reports for problem in report.errors]
    if errors:
        raise UnreadableInput(errors)
    if any(report.unrecovered for _, report in reports):
        ctx.exit(EXIT_FAILED)


def _told(extension: str, lang: str, report: "ModelReport") -> list[str]:
    """A build report for people, line by line; what the console refuses follows on standard error."""
    state = "built" if report.built else "not built"
    counted = f"{report.intents} intents, {report.examples} examples, {report.slot_types} slot types"
    lines = [f"{extension} ({lang}) {state}: {counted}, {report.entries} entries"]
    lines += listed([f"  warning: {problem}" for problem in report.warnings])
    lines += listed(
        [
            f"  not understood as its own intent: {one.intent}: {one.example}  (read as {one.read_as or 'nothing'})"
            for one in report.unrecovered
        ]
    )
    lines += listed(
        [f"  near twins: {one.intent}: {one.example}  and  {one.other}: {one.other_example}" for one in report.twins]
    )
    if report.checked and not report.unrecovered:
        lines.append(f"  each of {report.checked} examples is understood as its own intent")
    return lines


@model.command()
@click.argument("paths", metavar="DIR|FILE...", nargs=-1, required=True)
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 if a file is not as the console exports it.")
@json_flag
@click.pass_context
def fmt(ctx: click.Context, paths: tuple[str, ...], check: bool, as_json: bool) -> None:
    """Write the console's files as the console exports them: UTF-8, LF, tabs, no duplicates.

    A file with mistakes is left as it is, and the exit code is 2.
    """
    from mockcloud.commands.console_files import read_files
    from mockcloud.nlu.tsv import canonical

    changed: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for file in read_files(paths):
        text, errors = canonical(file.name.kind, file.text, str(file.path))
        problems += errors
        if errors or text.encode() == file.raw:
            continue
        changed.append({"file": str(file.path), "written": not check})
        if not check:
            file.path.write_bytes(text.encode())
    if as_json:
        output.payload(changed)
    for each in changed:
        click.echo(f"{'would be written anew' if check else 'written anew'}: {each['file']}", err=as_json)
    if problems:
        raise UnreadableInput(problems)
    if check and changed:
        ctx.exit(EXIT_FAILED)


def described(reading: Reading) -> list[str]:
    """A reading for people, line by line."""
    if reading.intent is None:
        lines = [f"not understood: {reading.why}"]
    else:
        lines = [
            output.rows([("intent", f"{reading.intent}  {_score(reading.score)}"), ("example", reading.example)], "")
        ]
        lines += [f"slot     {span.slot} = {span.value}  ({span.source}: {span.surface!r})" for span in reading.spans]
    if reading.runners_up:
        lines.append("runners-up" if reading.intent else "nearest")
        rows = [(f"{_score(each.score)}  {each.intent}", each.example) for each in reading.runners_up]
        lines.append(output.rows(rows))
    return lines


def _score(thousandths: int) -> str:
    return f"{thousandths // 1000}.{thousandths % 1000:03}"
