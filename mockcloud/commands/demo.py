"""``mockcloud demo``: a whole conversation between the cloud and the bundled device, over TLS, shown as it happens.

What the conversation proves is judged afterwards, from the cloud's journal and the device's own notes.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from mockcloud.commands.narration import Narrator
from mockcloud.commands.options import json_flag
from mockcloud.commands.output import payload
from mockcloud.errors import EXIT_FAILED, MockcloudError
from mockcloud.speech.pcm import silence, spoken

if TYPE_CHECKING:
    from mockcloud.client import ReferenceDevice
    from mockcloud.client.vocabulary import Noted
    from mockcloud.journal import Entry
    from mockcloud.server.cloud import RunningCloud

SPOKEN = "날씨 어때"
SPOKEN_ANSWER = "오늘은 맑고 낮 최고 기온은 21도예요."
TYPED = "내일 비 와?"
TYPED_ANSWER = "네, 와요"
MUSIC = "음악 틀어줘"
ALERT = {"token": "demo-alarm", "type": "ALARM"}
RINGS_AFTER = timedelta(seconds=1)
PATIENCE = 5.0
"""Seconds that each step has."""

SCENARIO = f"""
mockcloud: 1
title: Tomorrow's weather
rules:
  - name: rain
    when: {{says: {{contains: 내일}}}}
    then:
      - speak: {TYPED_ANSWER}
"""


@click.command()
@json_flag
@click.option("-q", "--quiet", is_flag=True, help="Show what was verified, not the conversation.")
def demo(as_json: bool, quiet: bool) -> None:
    """A conversation on free ports with fresh certificates; nothing of it stays.

    The device logs in, asks by voice and by typing, hears the answers, plays music, and lets an alarm ring until
    its button is pressed. Exit code 0 means that all of that was seen on both sides.
    """
    show = partial(click.echo, err=as_json)
    began = time.monotonic()
    evidence = asyncio.run(hold(Narrator(show if not quiet else lambda _: None)))
    seconds = time.monotonic() - began
    results = judge(evidence)
    passed = all(result.passed for result in results) and not evidence.trouble
    if as_json:
        payload(
            {
                "passed": passed,
                "seconds": round(seconds, 3),
                "trouble": evidence.trouble,
                "checks": [
                    {"said": result.said, "because": list(result.because), "passed": result.passed}
                    for result in results
                ],
            }
        )
    show("\n".join(summary(results, evidence, seconds)))
    if not passed:
        raise click.exceptions.Exit(EXIT_FAILED)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What both sides know of the conversation."""

    journal: Sequence["Entry"]
    notes: Sequence["Noted"]
    trouble: str = ""
    """Why it ended early, if it did."""


async def hold(narrator: Narrator) -> Evidence:
    """Run cloud and device and hold the conversation. Raises `CannotStart` if either cannot begin."""
    from mockcloud.cic.operations import LoadScenario
    from mockcloud.client import ReferenceDevice
    from mockcloud.commands.authority import device_tls
    from mockcloud.server.certificates import CertificateAuthority
    from mockcloud.server.cloud import RunningCloud
    from mockcloud.settings import Settings

    settings = Settings(port=0, control_port=0)
    authority = CertificateAuthority.fresh()
    async with RunningCloud(settings, tls=device_tls(settings, authority)) as cloud:
        account = cloud.machine.core.accounts.by_id["default"]
        await cloud.ask(LoadScenario(account.id, SCENARIO, "demo"))
        narrator.step(f"The device logs in at {cloud.device_url} and opens its downchannel.")
        async with ReferenceDevice(
            cloud.device_url,
            ca_file=authority.ca_file,
            seed="demo",
            client_id=account.client_id,
            client_secret=account.client_secret,
            naver_access_token=account.naver_access_token,
        ) as device:
            trouble = ""
            with narrator.following(device):
                try:
                    await converse(cloud, device, narrator)
                except MockcloudError as error:
                    trouble = str(error)
            return Evidence(list(account.journal), list(device.timeline), trouble)


async def converse(cloud: "RunningCloud", device: "ReferenceDevice", narrator: Narrator) -> None:
    """The conversation, step by step; each waits for what the next one builds on."""
    from mockcloud.cic.operations import Push, QueueUtterance
    from mockcloud.client import is_event
    from mockcloud.client.vocabulary import EventAnswered

    async def sent(event: str) -> None:
        await device.wait_for(lambda noted: is_event(noted, event), timeout=PATIENCE)

    async def answered(event: str) -> None:
        def holds(noted: "Noted") -> bool:
            return isinstance(noted.what, EventAnswered) and noted.what.name == event

        await device.wait_for(holds, timeout=PATIENCE)

    await device.ready()

    narrator.step(f"Somebody asks by voice: {SPOKEN}")
    await cloud.ask(QueueUtterance(account="default", text=SPOKEN, device=device.profile.device_id))
    await device.say(SPOKEN, pcm=spoken(SPOKEN) + silence(2000))
    await sent("SpeechSynthesizer.SpeechStarted")

    narrator.step(f"They do not listen to the end, and type: {TYPED}")
    await device.type(TYPED)
    await sent("SpeechSynthesizer.SpeechFinished")

    narrator.step(f"They want music: {MUSIC}")
    await device.type(MUSIC)
    await sent("AudioPlayer.PlayStarted")

    narrator.step("The cloud sets an alarm for a second later.")
    since = len(device.timeline)
    outcome = await cloud.ask(Push(directive=_alarm(datetime.now(ZoneInfo("Asia/Seoul")) + RINGS_AFTER)))
    if outcome.status != 200:
        raise MockcloudError(f"the alarm could not be pushed: {outcome.body}")
    await device.wait_for(lambda noted: is_event(noted, "Alerts.AlertStarted"), timeout=PATIENCE, since=since)

    narrator.step("It rings. They press the button.")
    await device.press("stop")
    await answered("Alerts.DeleteAlertSucceeded")


def _alarm(due: datetime) -> dict[str, Any]:
    header = {"namespace": "Alerts", "name": "SetAlert"}
    return {"header": header, "payload": {**ALERT, "scheduledTime": due.isoformat(timespec="milliseconds")}}


# -- what it proves ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Check:
    """Something that the conversation has to show, with the requirements it rests on."""

    said: str
    because: tuple[str, ...]
    holds: Callable[[Evidence], bool]


@dataclass(frozen=True, slots=True)
class Result:
    said: str
    because: tuple[str, ...]
    passed: bool


def judge(evidence: Evidence) -> list[Result]:
    return [Result(check.said, check.because, check.holds(evidence)) for check in CHECKS]


def summary(results: Sequence[Result], evidence: Evidence, seconds: float) -> Iterator[str]:
    """The check list, for people."""
    yield ""
    for result in results:
        mark = click.style("ok  ", fg="green") if result.passed else click.style("FAIL", fg="red", bold=True)
        yield f"  {mark}  {result.said}  ({', '.join(result.because)})"
    if evidence.trouble:
        yield f"\n  {click.style('the conversation ended early', fg='red')}: {evidence.trouble}"
    failed = sum(not result.passed for result in results)
    verdict = f"{failed} of {len(results)} not seen" if failed else f"all {len(results)} seen"
    yield f"\n{verdict}, {len(evidence.journal)} journal entries, {seconds:.1f} s"


def _seen(evidence: Evidence, *patterns: Mapping[str, Any]) -> bool:
    """Whether entries that match came in this order, others allowed between."""
    from mockcloud.journal import matches

    entries = iter(evidence.journal)
    return all(any(matches(pattern, entry.facts()) for entry in entries) for pattern in patterns)


def _event(name: str, **more: Any) -> dict[str, Any]:
    return {"event": name, **more}


def _pushed(name: str, **more: Any) -> dict[str, Any]:
    return {"directive": name, "channel": "downchannel", **more}


def _answered(name: str) -> dict[str, Any]:
    return {"directive": name, "channel": "response"}


def _logged_in(evidence: Evidence) -> bool:
    return _seen(
        evidence,
        {"name": {"matches": "/authorize$"}, "status": 200},
        {"name": {"matches": "/token$"}, "status": 200},
        {"name": "GET /v1/directives", "status": 200},
    )


def _hello_first(evidence: Evidence) -> bool:
    return (
        next(
            (entry.name for entry in evidence.journal if entry.channel == "downchannel" and entry.direction == "out"),
            "",
        )
        == "Clova.Hello"
    )


def _understood(evidence: Evidence) -> bool:
    return any(entry.name == "SpeechRecognizer.Recognize" and entry.words == SPOKEN for entry in evidence.journal)


def _upload_stopped(evidence: Evidence) -> bool:
    from mockcloud.client.vocabulary import UploadEnded

    stopped = any(isinstance(noted.what, UploadEnded) and noted.what.stopped for noted in evidence.notes)
    return stopped and _seen(evidence, _event("SpeechRecognizer.Recognize"), _pushed("SpeechRecognizer.StopCapture"))


def _heard(evidence: Evidence, text: str) -> bool:
    """Whether the device has played a speech whose audio says this."""
    from mockcloud.client.vocabulary import Played
    from mockcloud.speech.tone import read_text

    return any(
        isinstance(noted.what, Played) and noted.what.kind == "speech" and read_text(noted.what.audio) == text
        for noted in evidence.notes
    )


def _music_played(evidence: Evidence) -> bool:
    from mockcloud.client.vocabulary import Played

    played = any(isinstance(noted.what, Played) and noted.what.kind == "music" for noted in evidence.notes)
    return played and _seen(evidence, _answered("AudioPlayer.Play"), _event("AudioPlayer.PlayStarted"))


def _rang(evidence: Evidence) -> bool:
    from mockcloud.client.vocabulary import Rang

    rang = any(isinstance(noted.what, Rang) and noted.what.on for noted in evidence.notes)
    return rang and _seen(evidence, _event("Alerts.AlertStarted", payload=ALERT))


def _valid(evidence: Evidence) -> bool:
    return not any(finding.severity == "violation" for entry in evidence.journal for finding in entry.findings)


CHECKS = (
    Check("the device got its token and its downchannel", ("C-003", "C-009", "C-024"), _logged_in),
    Check("the cloud said Clova.Hello first", ("C-025",), _hello_first),
    Check(f"the voice meant “{SPOKEN}”", ("C-079",), _understood),
    Check("the cloud noticed the end of speech, the device stopped", ("C-080", "D-078"), _upload_stopped),
    Check(
        "the device began to say the answer",
        ("C-096", "D-089"),
        lambda e: _heard(e, SPOKEN_ANSWER) and _seen(e, _event("SpeechSynthesizer.SpeechStarted")),
    ),
    Check(
        "it fell silent for the next request",
        ("D-051", "D-091"),
        lambda e: _seen(e, _event("SpeechSynthesizer.SpeechStarted"), _event("SpeechSynthesizer.SpeechStopped")),
    ),
    Check(
        "the typed request got the scenario's answer, said to its end",
        ("C-096", "D-090"),
        lambda e: (
            _heard(e, TYPED_ANSWER)
            and _seen(e, _event("TextRecognizer.Recognize"), _event("SpeechSynthesizer.SpeechFinished"))
        ),
    ),
    Check("music played", ("C-115", "C-117"), _music_played),
    Check(
        "the alarm was set",
        ("C-102", "D-098"),
        lambda e: _seen(e, _pushed("Alerts.SetAlert"), _event("Alerts.SetAlertSucceeded", payload=ALERT)),
    ),
    Check("the alarm rang", ("C-106", "D-102"), _rang),
    Check(
        "the button stopped it, the cloud deleted it",
        ("C-107", "C-109", "C-113"),
        lambda e: _seen(
            e,
            _event("Alerts.RequestAlertStop", payload=ALERT),
            _pushed("Alerts.StopAlert"),
            _event("Alerts.AlertStopped", payload=ALERT),
            _pushed("Alerts.DeleteAlert"),
            _event("Alerts.DeleteAlertSucceeded", payload=ALERT),
        ),
    ),
    Check("no message broke the specification, either way", ("C-036", "D-039"), _valid),
)
