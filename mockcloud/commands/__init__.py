"""The command line. One file a command; none is imported before it is asked for.

Whatever goes wrong becomes text on standard error and one of five exit codes (`mockcloud.errors`): 0 passed,
1 findings or failed expectations, 2 usage or unreadable input, 3 could not start or reach, 5 nothing to run.
A bug in mockcloud is 3 as well: nothing was found, since nothing was run.
"""

import difflib
import errno
import os
import traceback
from importlib import import_module
from typing import Any

import click

from mockcloud import __version__
from mockcloud.errors import EXIT_CANNOT_START, MockcloudError, UnreadableInput

COMMANDS = {
    "serve": "Run the cloud until it is stopped.",
    "demo": "A whole conversation between the cloud and the bundled device.",
    "run": "Run a command with a cloud of its own, and judge what it did.",
    "replay": "Run scenarios: in memory on virtual time, or against a real device.",
    "record": "Make a scenario of what a running cloud or a file has recorded.",
    "new": "Write files to begin with: a scenario, an extension.",
    "say": "Speak or type to a running cloud as the bundled device.",
    "faults": "What can be made to go wrong, where, and how it is written.",
    "push": "Send a directive to devices that are connected.",
    "app": "What a user does in the companion app: alerts, devices, delegation.",
    "extension": "Custom extensions of a running cloud: register, show, test, link, delete them.",
    "dialog": "Talk with an extension of a running cloud, line by line.",
    "journal": "What happened: messages in and out, and what was wrong with them.",
    "model": "What an utterance is understood as, and why.",
    "validate": "Judge messages by the tables of the specification.",
    "schema": "Every message: its table, its JSON Schema, examples, editions.",
    "certs": "The certificate that devices have to trust.",
    "spec": "How far the tests prove the specification.",
}
"""Every command with its line in the list of commands; ``NAME`` is in the module ``mockcloud.commands.NAME``."""

_FULL = (errno.ENOSPC, errno.EDQUOT)
REPORT = "please report it; `mockcloud --debug ...` shows where it happened"


class CommandLine(click.Group):
    """The group of all commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = getattr(import_module(f"mockcloud.commands.{cmd_name}"), cmd_name)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            near = difflib.get_close_matches(name, COMMANDS, 1)
            hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(COMMANDS)}."
            raise click.UsageError(f"There is no command {name!r}. {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """From the table, so that help imports no command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UnreadableInput as error:  # file:line:column, as editors and CI logs know it
            click.echo(str(error), err=True)
            ctx.exit(error.exit_code)
        except MockcloudError as error:
            click.echo(f"mockcloud: {error}", err=True)
            ctx.exit(error.exit_code)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno in _FULL:
                where = f"{error.filename} cannot be written" if error.filename else "output cannot be written"
                click.echo(f"mockcloud: {where}: {error.strerror}", err=True)
                ctx.exit(EXIT_CANNOT_START)
            said = str(error).partition("\n")[0]
            click.echo(f"mockcloud: a bug in mockcloud ({type(error).__name__}: {said}): {REPORT}", err=True)
            if ctx.params.get("debug"):
                traceback.print_exception(error)
            ctx.exit(EXIT_CANNOT_START)


@click.command(cls=CommandLine, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.version_option(__version__, "-V", "--version", prog_name="mockcloud")
@click.option("--debug", is_flag=True, help="Show where an unexpected error comes from.")
@click.pass_context
def command_line(ctx: click.Context, debug: bool) -> None:  # noqa: ARG001
    """CLOVA's device cloud (CIC) and extension cloud (CEK) on one machine, for tests. Not affiliated with NAVER
    or LINE.

    Begin with `mockcloud demo`, then `mockcloud serve`.
    """
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":  # https://no-color.org
        ctx.color = False


def main() -> None:
    """The console script, and ``python -m mockcloud``."""
    command_line(prog_name="mockcloud")
