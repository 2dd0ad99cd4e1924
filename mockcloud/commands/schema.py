"""``mockcloud schema``: the messages of the specification, as tables, as JSON Schema, and as examples."""

import json
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import click

from mockcloud.catalogue import EDITIONS, Catalogue, Edition, Kind
from mockcloud.catalogue.explanation import nearest
from mockcloud.catalogue.fields import Change, Field, changes, conditions, fields
from mockcloud.catalogue.judgement import whole_message
from mockcloud.catalogue.listing import listing
from mockcloud.commands.options import json_flag, local_catalogue
from mockcloud.commands.output import payload
from mockcloud.errors import MockcloudError
from mockcloud.vocabulary.kinds import KINDS

_KIND_HELP = "Only this kind: event, directive, context, template, cek-request, ..."

kind_flag = click.option("--kind", type=click.Choice(KINDS), metavar="KIND", help=_KIND_HELP)
edition_flag = click.option(
    "--edition", type=click.Choice(EDITIONS), help="Of the specification.  [newer if it is in it]"
)


@click.group()
def schema() -> None:
    """What every message has to look like, in both editions."""


@schema.command("list")
@kind_flag
@click.option("--edition", type=click.Choice(EDITIONS), help="Only of this edition.")
@json_flag
def list_(kind: Kind | None, edition: Edition | None, as_json: bool) -> None:
    """Every message with what it is for."""
    messages = [
        line
        for line in listing(local_catalogue())["messages"]
        if kind in (None, line["kind"]) and (edition is None or edition in line["editions"])
    ]
    if as_json:
        payload({"messages": messages})
        return
    for of_kind in dict.fromkeys(line["kind"] for line in messages):
        lines = [line for line in messages if line["kind"] == of_kind]
        width = max(len(line["name"]) for line in lines)
        click.secho(of_kind, bold=True)
        for line in lines:
            only = f"  ({line['editions'][0]} only)" if len(line["editions"]) == 1 else ""
            click.echo(f"  {line['name']:<{width}}  {line['title']}{only}")


@schema.command()
@click.argument("name", metavar="NAME")
@kind_flag
@edition_flag
@json_flag
def show(name: str, kind: Kind | None, edition: Edition | None, as_json: bool) -> None:
    """The table of a message; with --json its JSON Schema, whole."""
    catalogue = local_catalogue()
    for index, (of_kind, of_edition) in enumerate(_found(catalogue, name, kind, edition)):
        found = catalogue.schema(of_kind, name, of_edition)
        assert found is not None
        if as_json:
            payload(found)
            continue
        if index:
            click.echo()
        click.secho(f"{of_kind} {name}", bold=True, nl=False)
        click.echo(f"  ({', '.join(found['x-editions'])})")
        click.echo(f"{found['description']}")
        click.echo(f"{found['x-source']}  [{', '.join(found.get('x-because', ()))}]")
        rows = list(fields(catalogue.files, found))
        if not rows:
            click.echo("\n  no fields: {}")
        else:
            click.echo()
        _table(rows)
        if said := list(dict.fromkeys(conditions(found))):
            click.echo("\n" + "\n".join(f"  - {sentence}" for sentence in said))
        if any(not field.always for field in rows):
            click.echo("\n  ? = may be missing", err=True)


@schema.command()
@click.argument("name", metavar="NAME")
@kind_flag
@edition_flag
@click.option("--full", is_flag=True, help="With everything that is optional.")
@click.option("--seed", default="0", metavar="TEXT", help="Another seed, another example.  [0]")
@click.option("--locale", type=click.Choice(["ko_KR", "ja_JP"]), default="ko_KR", help="[ko_KR]")
@click.option("--payload", "only_payload", is_flag=True, help="What it says, without its envelope.")
def example(
    name: str,
    kind: Kind | None,
    edition: Edition | None,
    full: bool,
    seed: str,
    locale: str,
    only_payload: bool,
) -> None:
    """A valid message as JSON, the same for the same seed; `mockcloud validate` takes it."""
    catalogue = local_catalogue()
    found = _found(catalogue, name, kind, edition)
    if len(found) > 1:
        kinds = ", ".join(of_kind for of_kind, _ in found)
        raise MockcloudError(f"{name} is more than one message: choose --kind of {kinds}")
    of_kind, of_edition = found[0]
    made = catalogue.example(of_kind, name, edition=of_edition, seed=seed, full=full, locale=locale)
    message = made if only_payload else whole_message(catalogue, of_kind, name, made, of_edition, seed)
    click.echo(json.dumps(message, ensure_ascii=False, indent=2))


@schema.command()
@click.argument("old", type=click.Choice(EDITIONS))
@click.argument("new", type=click.Choice(EDITIONS))
@click.argument("name", required=False, metavar="[NAME]")
@kind_flag
@json_flag
def diff(old: Edition, new: Edition, name: str | None, kind: Kind | None, as_json: bool) -> None:
    """What is different from one edition to another, of all messages or of one."""
    catalogue = local_catalogue()
    if name is not None:
        pairs = [(of_kind, name) for of_kind, _ in _found(catalogue, name, kind, None)]
    else:
        pairs = [(of, one) for of in KINDS if kind in (None, of) for one in catalogue.files.messages(of)]
    found = [change for of, one in pairs for change in changes(catalogue.files, of, one, old, new)]
    if as_json:
        payload({"changes": [_as_json(change) for change in found]})
        return
    signs = {"added": "+", "removed": "-", "changed": "~"}
    for (of_kind, of_name), group in groupby(found, key=lambda change: (change.kind, change.name)):
        of_message = list(group)
        whole = of_message[0] if not of_message[0].path else None
        click.secho(f"{signs[whole.change] if whole else '~'} {of_kind} {of_name}", bold=True, nl=False)
        click.echo(f"  ({whole.said})" if whole else "")
        for change in of_message[1 if whole else 0 :]:
            click.echo(f"    {signs[change.change]} {change.path}: {change.said}")
    if not found:
        click.echo("no difference", err=True)


def _found(catalogue: Catalogue, name: str, kind: Kind | None, edition: Edition | None) -> list[tuple[Kind, Edition]]:
    """The messages of that name. Raises `MockcloudError`, with the name that was probably meant, if there is none."""

    found: list[tuple[Kind, Edition]] = []
    for of_kind in (kind,) if kind else KINDS:
        editions = [one for one in (edition,) if one] or EDITIONS
        known = next((one for one in editions if catalogue.knows(of_kind, name, one)), None)
        if known is not None:
            found.append((of_kind, known))
    if found:
        return found
    raise MockcloudError(_no_such(catalogue, name, kind, edition))


def _no_such(catalogue: Catalogue, name: str, kind: Kind | None, edition: Edition | None) -> str:
    said = f"there is no {kind or 'message'} {name!r}" + (f" in the edition {edition}" if edition else "")
    everything = {one for of in ((kind,) if kind else KINDS) for one in catalogue.files.messages(of)}
    if name in everything:
        return f"{said}, but in the other one"
    alone = f".{name}".lower()
    near = nearest(name, everything) or next((one for one in sorted(everything) if one.lower().endswith(alone)), None)
    return f"{said}; did you mean {near!r}?" if near else f"{said}: `mockcloud schema list` shows all"


def _table(rows: Sequence[Field]) -> None:
    """A line for each field, indented below the field it is inside of; long lists of words get their own line."""
    if not rows:
        return
    names = ["  " * row.path.count(".") + row.path.rpartition(".")[2] + ("" if row.always else " ?") for row in rows]
    width = min(_WIDEST_NAME, max(map(len, names)))
    for name, row in zip(names, rows, strict=True):
        if len(row.form) <= _WIDEST_FORM:
            click.echo(f"  {name:<{width}}  {row.form:<{_WIDEST_FORM}}  {row.description}".rstrip())
        else:
            click.echo(f"  {name:<{width}}  {row.form}\n  {'':<{width}}  {'':<{_WIDEST_FORM}}  {row.description}")


_WIDEST_NAME = 44
_WIDEST_FORM = 16


def _as_json(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "name": change.name,
        "path": change.path,
        "change": change.change,
        "said": change.said,
    }
