"""``commands.md``: what every command says of itself."""

from collections.abc import Iterator

import click

from docs.writers.markdown import Page, block, page, section
from mockcloud.commands import command_line

_WIDTH = 100

_INTRODUCTION = """\
Exit codes of all commands: 0 passed, 1 findings or failed expectations, 2 usage or unreadable input, 3 could not start
or reach, 5 nothing to run. With `--json` standard output holds JSON alone, words for people go to standard error."""


def pages() -> Iterator[Page]:
    yield page("commands.md", "Commands", _INTRODUCTION, *_sections(command_line, "mockcloud", None))


def _sections(command: click.Command, name: str, above: click.Context | None) -> Iterator[str]:
    context = click.Context(command, info_name=name, parent=above, terminal_width=_WIDTH, max_content_width=_WIDTH)
    yield section(context.command_path, block(command.get_help(context)))
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            if found is not None and not found.hidden:
                yield from _sections(found, inner, context)
