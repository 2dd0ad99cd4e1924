"""``mockcloud say``: the bundled device speaks, or types, to a running cloud."""

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockcloud.commands.options import config_flag, json_flag, local_settings, server_flags
from mockcloud.commands.output import payload
from mockcloud.errors import EXIT_FAILED, CannotStart, Problem, UnreadableInput
from mockcloud.settings import LANGUAGES

if TYPE_CHECKING:
    from mockcloud.client import ReferenceDevice, Turn
    from mockcloud.client.vocabulary import Noted

SILENCE_MS = 2000
"""What the microphone hears after the words; the cloud's StopCapture ends it."""
SPOKEN_WITHIN = 60.0
"""Seconds that the cloud's speech may take."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is said, and how."""

    text: str | None
    pcm: bytes
    typed: bool


@dataclass(frozen=True, slots=True)
class Where:
    """How the device reaches its cloud, and as whom."""

    url: str
    ca_file: Path | None
    client: dict[str, str]
    device_id: str
    lang: str | None


@click.command()
@click.argument("text", required=False)
@click.option(
    "--audio",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Speak this recording (WAV, 16 kHz mono); TEXT is then what it means.",
)
@click.option("--typed", is_flag=True, help="Type instead: TextRecognizer.Recognize.")
@server_flags
@click.option("--device", envvar="MOCKCLOUD_DEVICE_ID", metavar="ID", help="Device id to connect as.")
@click.option(
    "--device-url", envvar="MOCKCLOUD_DEVICE_URL", metavar="URL", help="Device listener.  [as told by control]"
)
@click.option(
    "--ca-file",
    envvar="MOCKCLOUD_CA_FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Authority to trust.  [the one that serve keeps]",
)
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of the request.  [the account's]")
@config_flag
@json_flag
def say(
    text: str | None,
    audio: Path | None,
    typed: bool,
    account: str,
    control_url: str | None,
    control_token: str | None,
    device: str | None,
    device_url: str | None,
    ca_file: Path | None,
    lang: str | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Say TEXT to a running cloud, as the bundled device, and show what comes back.

    The sound of TEXT is synthetic; the cloud is told beforehand what it means.
    """
    from mockcloud.commands.control_client import reach

    settings = local_settings(config)
    if typed and (audio is not None or not text):
        raise click.UsageError("--typed takes a TEXT and no --audio.")
    if not text and audio is None:
        raise click.UsageError("Give a TEXT, or --audio FILE.")
    request = Request(text, _pcm(text, audio, lang or "ko") if not typed else b"", typed)
    device_id = device or _own_device_id()
    with reach(control_url, control_token, settings) as control:
        known = control.account(account)
        trusted = control.ca_pem() if ca_file is None else None
        if text and not typed:
            control.queue_utterance(account, text, device_id)
    with tempfile.TemporaryDirectory() as folder:
        if trusted is not None:
            ca_file = Path(folder) / "ca.pem"
            ca_file.write_bytes(trusted)
        where = Where(
            url=device_url or known["device_url"],
            ca_file=ca_file,
            client={name: known[name] for name in ("client_id", "client_secret", "naver_access_token")},
            device_id=device_id,
            lang=lang or known.get("lang"),
        )
        answer = asyncio.run(converse(where, request))
    if as_json:
        payload(answer)
    else:
        _show(answer)
    if answer["status"] not in (200, 204):
        raise click.exceptions.Exit(EXIT_FAILED)


async def converse(where: Where, request: Request) -> dict[str, Any]:
    """One turn of the device, heard to its end: status, dialog, directives with the text that was spoken."""
    from mockcloud.client import ReferenceDevice

    profile: dict[str, Any] = {"lang": where.lang} if where.lang else {}
    async with ReferenceDevice(
        where.url, ca_file=where.ca_file, device_id=where.device_id, speed="max", **where.client, **profile
    ) as device:
        await connected(device)
        if request.typed:
            turn = await device.type(request.text or "")
        else:
            turn = await device.say(request.text, pcm=request.pcm)
        await heard(device, turn)
        return answer_of(device, turn)


async def connected(device: "ReferenceDevice") -> None:
    """Wait for the downchannel; the first trouble ends it, since nobody is there to wait for a better time."""
    from mockcloud.client.vocabulary import StateChanged, Trouble

    def decided(noted: "Noted") -> bool:
        return isinstance(noted.what, Trouble) or noted.what == StateChanged("connection", "READY")

    noted = await device.wait_for(decided, since=0)
    if isinstance(noted.what, Trouble):
        raise CannotStart(str(noted.what))


async def heard(device: "ReferenceDevice", turn: "Turn", since: int = 0) -> None:
    """Wait until the device has said all that the turn brought; ``since``: where in its timeline the turn began."""
    from mockcloud.client.vocabulary import Silenced, Trouble

    for directive in turn.directives:
        if directive.full_name != "SpeechSynthesizer.Speak":
            continue
        token = directive.payload.get("token")

        def over(noted: "Noted", token: object = token) -> bool:
            what = noted.what
            return isinstance(what, Trouble) or (isinstance(what, Silenced) and what.token == token)

        await device.wait_for(over, SPOKEN_WITHIN, since=since)


def answer_of(device: "ReferenceDevice", turn: "Turn") -> dict[str, Any]:
    """What the turn brought: status, dialog, directives, each Speak with the text that was ``spoken``."""
    from mockcloud.client.vocabulary import Played
    from mockcloud.speech.tone import read_text

    spoken = {
        noted.what.token: read_text(noted.what.audio) or ""
        for noted in device.timeline
        if isinstance(noted.what, Played) and noted.what.kind == "speech"
    }
    directives: list[dict[str, Any]] = []
    for directive in turn.directives:
        shown = {"name": directive.full_name, "payload": dict(directive.payload)}
        if (text := spoken.get(str(directive.payload.get("token")))) is not None:
            shown["spoken"] = text
        directives.append(shown)
    return {
        "status": turn.status,
        "said": turn.said,
        "dialog_request_id": turn.dialog_request_id,
        "directives": directives,
    }


def _show(answer: dict[str, Any]) -> None:
    if not answer["directives"]:
        more = f": {answer['said']}" if answer["said"] else ""
        click.echo(f"{answer['status']}, no directives{more}")
    for directive in answer["directives"]:
        click.echo(directive["name"] + (f"  “{directive['spoken']}”" if "spoken" in directive else ""))


def _pcm(text: str | None, audio: Path | None, lang: str) -> bytes:
    from mockcloud.speech import pcm

    if audio is None:
        return pcm.spoken(text or "", lang) + pcm.silence(SILENCE_MS)
    try:
        return pcm.from_wav(audio.read_bytes())
    except OSError as error:
        raise UnreadableInput([Problem(error.strerror or "cannot be read", str(audio))]) from None
    except ValueError as error:
        raise UnreadableInput([Problem(str(error), str(audio))]) from None


def _own_device_id() -> str:
    """The same device each time, so that the cloud knows it again."""
    from mockcloud.vocabulary import Ids

    return Ids("mockcloud say").uuid()
