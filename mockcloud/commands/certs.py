"""``mockcloud certs``: the certificate that devices have to trust."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from mockcloud.commands.options import config_flag, json_flag
from mockcloud.commands.output import payload, rows, warn
from mockcloud.errors import CannotStart

if TYPE_CHECKING:
    from mockcloud.server.certificates import CertificateAuthority

certs_flag = click.option("--certs", metavar="DIR", help="Another folder than the user's own.")
key_type_flag = click.option("--key-type", type=click.Choice(["ec", "rsa"]), help="Which authority.  [ec]")


@click.group()
def certs() -> None:
    """The authority that `mockcloud serve` keeps for you: made once, trusted once."""


@certs.command()
@certs_flag
@key_type_flag
@config_flag
@json_flag
def show(certs: str | None, key_type: str | None, config: Path | None, as_json: bool) -> None:
    """Where it is, and its fingerprint."""
    authority = _authority(certs, key_type, config)
    if as_json:
        payload({"ca_file": str(authority.ca_file), "sha256": authority.fingerprint, "key_type": authority.key_type})
    else:
        click.echo(
            rows(
                [
                    ("CA file", str(authority.ca_file)),
                    ("key", authority.key_type),
                    ("SHA-256", authority.fingerprint[:47]),
                    ("", authority.fingerprint[48:]),
                ],
                indent="",
            )
        )


@certs.command()
@certs_flag
@key_type_flag
@config_flag
def path(certs: str | None, key_type: str | None, config: Path | None) -> None:
    """The CA file alone: curl --cacert "$(mockcloud certs path)" ..."""
    click.echo(str(_authority(certs, key_type, config).ca_file))


@certs.command()
@click.option(
    "--format", "form", type=click.Choice(["pem", "der", "c-header"]), default="pem", help="[pem]", show_choices=True
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="[standard output]")
@certs_flag
@key_type_flag
@config_flag
def export(
    form: Literal["pem", "der", "c-header"],
    out: Path | None,
    certs: str | None,
    key_type: str | None,
    config: Path | None,
) -> None:
    """The certificate for a device: PEM, DER, or a C header with both."""
    data = _authority(certs, key_type, config).export(form)
    if out is None:
        sys.stdout.buffer.write(data)
        return
    try:
        out.write_bytes(data)
    except OSError as error:
        raise CannotStart(f"{out} cannot be written: {error.strerror}") from None


def _authority(certs: str | None, key_type: str | None, config: Path | None) -> "CertificateAuthority":
    from mockcloud.commands.authority import kept
    from mockcloud.commands.configuration import configure

    return kept(configure({"certs": certs, "key_type": key_type}, config=config, warn=warn))
