"""``mockcloud new``: files to begin with."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import click

from mockcloud.commands.output import write_file
from mockcloud.errors import MockcloudError

SCHEMA_FILE = "mockcloud-scenario.schema.json"
_STARTER = """\
# yaml-language-server: $schema={schema}
mockcloud: 1
title: The user asks for the weather
covers: [C-079]
rules:                                   # what the cloud answers; the first rule that holds wins
  - name: weather
    when: {{says: {{contains: 날씨}}}}       # voice or typed
    then:
      - speak: 오늘은 맑아요
      - directive: Clova.RenderText
        payload: {{text: 오늘은 맑아요}}
steps:                                   # what happens, and what must follow
  - say: 오늘 날씨 어때
    expect:
      - {{directive: SpeechSynthesizer.Speak, as: speak}}
      - {{event: SpeechSynthesizer.SpeechFinished, payload: {{token: "${{speak.payload.token}}"}}}}
"""


@click.group()
def new() -> None:
    """Write files to begin with."""


@new.command("scenario")
@click.argument("file", default="scenario.yaml", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Write over what is there.")
def scenario(file: Path, force: bool) -> None:
    """A scenario that replays, and beside it the JSON Schema by which editors know its keys."""
    from mockcloud.scenario.language import for_editors

    if file.exists() and not force:
        raise MockcloudError(f"{file} is there already; --force writes over it")
    write_file(file.parent / SCHEMA_FILE, json.dumps(for_editors(), ensure_ascii=False, indent=2))
    write_file(file, _STARTER.format(schema=SCHEMA_FILE))
    click.echo(f"{file}: try `mockcloud replay {shlex.quote(str(file))}`")


@new.command("extension")
@click.argument("name")
@click.option(
    "--sdk", type=click.Choice(["python", "node"]), default="python", show_default=True, help="What it runs on."
)
@click.option("--lang", type=click.Choice(["ko", "ja"]), default="ko", show_default=True, help="What its users speak.")
@click.option("--force", is_flag=True, help="Write over what is there.")
def extension(name: str, sdk: Any, lang: Any, force: bool) -> None:
    """A skill that runs, in the folder NAME: server, interaction model, registration, a conversation to test it by."""
    from mockcloud.commands.starters import ID, files

    if not re.fullmatch(r"[a-z][a-z0-9_-]*", name):
        raise click.BadParameter("a name is small letters, digits, - and _", param_hint="NAME")
    folder = Path(name)
    written = dict(files(name, sdk, lang))
    there = [path for path in written if (folder / path).exists()]
    if there and not force:
        raise MockcloudError(f"{folder / there[0]} is there already; --force writes over it")
    for path, text in written.items():
        write_file(folder / path, text)
    click.echo(f"{folder}: the skill {ID}{name}; {folder / 'README.md'} tells how to run it")
