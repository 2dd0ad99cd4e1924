"""Reports of what ran, as files, and what does not count against it: for the commands that end with a verdict."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mockcloud.commands.output import write_file

if TYPE_CHECKING:
    from mockcloud.replay.report import Report

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def _codes(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> frozenset[str]:
    from mockcloud.vocabulary.codes import allowed

    try:
        return allowed(value)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from None


allow_flag = click.option(
    "--allow",
    metavar="CODE",
    multiple=True,
    callback=_codes,
    help="A violation that does not fail: event.payload.enum; * for all.",
)


def report_flags(command: Decorated) -> Decorated:
    """``--junit`` and ``--html``, for `write_reports`."""
    file = click.Path(path_type=Path, dir_okay=False)
    command = click.option("--html", type=file, metavar="FILE", help="Report to read.")(command)
    return click.option("--junit", type=file, metavar="FILE", help="JUnit XML report.")(command)


def write_reports(reports: Sequence["Report"], junit: Path | None, html: Path | None) -> None:
    """Write those that are asked for. Raises `CannotStart` for a file that cannot be written."""
    from mockcloud import replay

    if junit is not None:
        write_file(junit, replay.junit(reports))
    if html is not None:
        write_file(html, replay.html(reports))
