"""Programs that stand for a person at a device: what they answer, how they go wrong, how they end."""

import asyncio
import os
import select
import shlex
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from mockcloud.client import person
from mockcloud.client.vocabulary import Login, Power, Press, Say, SendEvent, SetClock, Type
from mockcloud.errors import CannotStart
from mockcloud.replay.program import Program
from mockcloud.replay.world import Broken, CannotDo
from mockcloud.speech.pcm import silence, to_wav


class Trial:
    """A program and all that was heard of it."""

    def __init__(self, script: str, patience: float = 5) -> None:
        self.observed: list[tuple[str, Any]] = []
        self.shown: list[str] = []
        self.interrupted: list[Exception] = []
        self.happened = asyncio.Event()
        command = f"{sys.executable} -u -c {shlex.quote(script)}"
        self.program = Program(
            command, patience=patience, observed=self._observe, show=self._show, interrupt=self._interrupt
        )

    def _observe(self, seen: person.Observed) -> None:
        self.observed.append((seen.observed, seen.value))

    def _show(self, line: str) -> None:
        self.shown.append(line)
        self.happened.set()

    def _interrupt(self, error: Exception) -> None:
        self.interrupted.append(error)
        self.happened.set()


def trying(script: str, what: Callable[[Trial], Awaitable[None]], patience: float = 5) -> Trial:
    async def run() -> Trial:
        trial = Trial(script, patience)
        await trial.program.start({"MOCKCLOUD_DEVICE_URL": "https://there"})
        try:
            await what(trial)
        finally:
            await trial.program.stop()
        return trial

    return asyncio.run(run())


OBEDIENT = """
import json, os, sys
for line in sys.stdin:
    said = json.loads(line)
    print("I am asked to", said["do"], "at", os.environ["MOCKCLOUD_DEVICE_URL"])
    print(json.dumps({"observed": "led", "value": [said["do"]]}))
    if said["do"] == "press":
        print(json.dumps({"cannot": said["id"], "why": "there is no button"}))
    else:
        print(json.dumps({"done": said["id"]}))
"""


def test_it_does_cannot_observes_and_talks() -> None:
    async def what(trial: Trial) -> None:
        await trial.program.do(Power(False))
        with pytest.raises(CannotDo, match="there is no button"):
            await trial.program.do(Press("pause"))

    trial = trying(OBEDIENT, what)
    assert trial.observed == [("led", ["power"]), ("led", ["press"])]
    assert trial.shown[0] == "I am asked to power at https://there"
    assert trial.interrupted == []


def test_one_that_ends_is_told_of_with_its_exit_code() -> None:
    async def what(trial: Trial) -> None:
        with pytest.raises(Broken, match="ended with exit code 3 while it was needed"):
            await trial.program.do(Power(True))
        with pytest.raises(Broken, match="exit code 3"):
            await trial.program.do(Power(True))

    trying("import sys; sys.stdin.readline(); sys.exit(3)", what)


def test_the_end_interrupts_whoever_waits_for_something_else() -> None:
    async def what(trial: Trial) -> None:
        await trial.happened.wait()
        assert "by SIGKILL" in str(trial.interrupted[0])

    trying("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", what)


@pytest.mark.parametrize("line", ['{"done": "yes"}', '{"cannot": null}', '{"done": 7}'])
def test_an_answer_that_is_none_is_named(line: str) -> None:
    async def what(trial: Trial) -> None:
        with pytest.raises(Broken) as error:
            await trial.program.do(Power(True))
        assert line.partition(":")[0] in str(error.value)

    trying(f"import sys, time; sys.stdin.readline(); print({line!r}); time.sleep(60)", what)


def test_garbage_is_for_people_and_no_trouble() -> None:
    async def what(trial: Trial) -> None:
        await trial.program.do(Type("안녕"))

    script = (
        "import sys; sys.stdin.readline(); o = sys.stdout.buffer; o.write(b'\\xff\\xfe {\\n[1]\\n{\"x\":1}\\n');"
        "o.write(b'z' * 100000 + b'\\n{\"done\":1}\\n'); o.flush(); sys.stdin.readline()"
    )
    trial = trying(script, what)
    assert trial.shown[:3] == ["\ufffd\ufffd {", "[1]", '{"x":1}']
    assert "".join(trial.shown[3:]) == "z" * 100000


def test_one_that_has_answered_and_then_hangs_is_given_up() -> None:
    async def what(trial: Trial) -> None:
        await trial.program.do(Power(True))
        with pytest.raises(Broken, match=r"did not answer within 0\.05 s to .*\"press\""):
            await trial.program.do(Press("stop"))

    script = "import sys, time; sys.stdin.readline(); print('{\"done\":1}'); time.sleep(60)"

    async def patient(trial: Trial) -> None:
        await what(trial)

    trying(script, patient, patience=0.05)


def test_nothing_that_it_has_started_outlives_it() -> None:
    child = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    )
    script = (
        f"import sys, time; from subprocess import PIPE, Popen; "
        f"p = Popen([sys.executable, '-c', {child!r}], stdout=PIPE);"
        "p.stdout.readline(); print(p.pid); time.sleep(60)"
    )

    async def what(trial: Trial) -> None:
        await trial.happened.wait()

    trial = trying(script, what)
    assert gone(int(trial.shown[0]))


def gone(pid: int) -> bool:
    """Whether a process is over, or is so at once."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], 5)[0])
    finally:
        os.close(handle)


def test_one_that_is_not_there_cannot_be_started() -> None:
    async def run(command: str) -> None:
        ignore: Callable[..., None] = lambda *_: None  # noqa: E731
        await Program(command, patience=1, observed=ignore, show=ignore, interrupt=ignore).start({})

    for command, said in (("no-such-program-here", "No such file"), ("'unclosed", "No closing quotation")):
        with pytest.raises(CannotStart, match=said):
            asyncio.run(run(command))


# Lines


@pytest.mark.parametrize(
    ("instruction", "line"),
    [
        (Press("pause"), '{"id":2,"do":"press","button":"pause"}'),
        (Power(False), '{"id":2,"do":"power","on":false}'),
        (SetClock(1_767_225_600_000_000_000), '{"id":2,"do":"clock","now":"2026-01-01T09:00:00.000+09:00"}'),
        (
            SetClock(1_767_225_600_000_000_000, frozen=True),
            '{"id":2,"do":"clock","now":"2026-01-01T09:00:00.000+09:00","frozen":true}',
        ),
        (Login(None), '{"id":2,"do":"login","naver_access_token":null}'),
    ],
)
def test_lines_are_written_and_read(instruction: Any, line: str) -> None:
    assert person.written(2, instruction) == line
    assert person.read(line) == (2, instruction)


def test_speech_is_a_recording_beside_its_words(tmp_path: Any) -> None:
    pcm = silence(20)
    (tmp_path / "1.wav").write_bytes(to_wav(pcm))
    line = person.written(1, Say("날씨", pcm), str(tmp_path / "1.wav"))
    _, said = person.read(line)
    assert isinstance(said, Say)
    assert (said.text, said.pcm) == ("날씨", pcm)


def test_words_and_events_are_read_as_they_were_written() -> None:
    _, typed = person.read(person.written(1, Type("안녕")))
    _, sent = person.read(person.written(2, SendEvent("Clova", "X", {"a": 1})))
    assert isinstance(typed, Type)
    assert isinstance(sent, SendEvent)
    assert (typed.text, sent.namespace, sent.name, sent.payload) == ("안녕", "Clova", "X", {"a": 1})


@pytest.mark.parametrize(
    ("line", "said", "number"),
    [
        ("hello", "not JSON", None),
        ("[]", "an object", None),
        ('{"id":3,"do":"dance"}', "cannot dance", 3),
        ('{"id":3,"do":"press"}', "press needs 'button'", 3),
        ('{"id":3,"do":"press","button":"red"}', "no button 'red'", 3),
        ('{"id":3,"do":"say","text":"x","audio":"/nowhere.wav"}', "No such file", 3),
        ('{"id":3,"do":"clock","now":"noon"}', "noon", 3),
    ],
)
def test_what_cannot_be_read_says_why(line: str, said: str, number: int | None) -> None:
    with pytest.raises(person.CannotRead, match=said) as error:
        person.read(line)
    assert error.value.args[1] == number
