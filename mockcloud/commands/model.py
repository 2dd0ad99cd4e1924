"""``mockcloud model``: what the cloud understands, and why."""

import click

from mockcloud.cloud.assistant import understand
from mockcloud.commands import output
from mockcloud.commands.options import json_flag
from mockcloud.errors import EXIT_FAILED
from mockcloud.nlu.reading import Reading


@click.group()
def model() -> None:
    """Interaction models: what an utterance is understood as."""


@model.command()
@click.argument("text")
@click.option("--lang", type=click.Choice(("ko", "ja", "en")), default="ko", help="Language of the text.  [ko]")
@json_flag
@click.pass_context
def test(ctx: click.Context, text: str, lang: str, as_json: bool) -> None:
    """What the built-in assistant understands by TEXT: intent, slots, the example it is most like, runners-up.

    Exit code 1: nothing was understood.
    """
    reading = understand(text, lang)
    if as_json:
        output.payload(reading.as_json())
    else:
        click.echo("\n".join(described(reading)))
    if reading.intent is None:
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
