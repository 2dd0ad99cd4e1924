"""``mockcloud serve --scenario FILE --reload``: files that change, and the last good version."""

import asyncio
import os
from pathlib import Path

import pytest

from mockcloud.cic.operations import ReadAccount
from mockcloud.commands import watched_scenario
from mockcloud.commands.watched_scenario import WatchedScenario
from mockcloud.errors import UnreadableInput
from mockcloud.settings import Settings
from tests.commands.conftest import CloudInThread, Run
from tests.patience import PATIENCE

MAIN = "mockcloud: 1\ntitle: {title}\ninclude: [shared.yaml]\nrules: [{{name: own, when: {{says: a}}}}]\n"
SHARED = "mockcloud: 1\nrules: [{name: shared, when: {says: b}}]\n"


def write(file: Path, text: str, age: int) -> None:
    """With a time of its own, for clocks of file systems are coarse."""
    file.write_text(text)
    os.utime(file, (1_000_000 + age, 1_000_000 + age))


def test_a_changed_file_is_loaded_wholly_or_not_at_all(
    cloud: CloudInThread, own_place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched_scenario, "LOOK_EVERY", 0.005)
    main, shared = own_place / "main.yaml", own_place / "shared.yaml"
    write(main, MAIN.format(title="one"), 0)
    write(shared, SHARED, 0)
    scenario, said = WatchedScenario(main, Settings()), list[str]()

    async def follow() -> None:
        words: asyncio.Queue[str] = asyncio.Queue()

        async def heard() -> None:
            said.append(await asyncio.wait_for(words.get(), PATIENCE))

        running = cloud.cloud
        await scenario.load(running)
        watching = asyncio.create_task(scenario.watch(running, words.put_nowait))
        write(main, MAIN.format(title="two"), 1)
        await heard()
        assert (await running.ask(ReadAccount("default"))).body["scenario"] == "two"
        write(shared, "mockcloud: 1\nruls: []\n", 2)
        await heard()
        account = running.machine.core.accounts.by_id["default"]
        assert [rule.name for rule in account.scenario.rules] == ["own", "shared"]
        write(shared, SHARED.replace("shared", "better"), 3)
        await heard()
        assert [rule.name for rule in account.scenario.rules] == ["own", "better"]
        watching.cancel()

    asyncio.run_coroutine_threadsafe(follow(), cloud._loop).result(PATIENCE)
    assert "was loaded again" in said[0]
    assert "the last version that did stays" in said[1]
    assert "shared.yaml:2:1: " in said[1]


def test_a_scenario_that_does_not_load_is_said_before_anything_starts(own_place: Path) -> None:
    (own_place / "main.yaml").write_text("mockcloud: 1\ntitel: x\n")
    with pytest.raises(UnreadableInput, match="Did you mean `title`"):
        WatchedScenario(own_place / "main.yaml", Settings())


def test_reload_without_a_scenario(run: Run) -> None:
    assert run("serve", "--port", "0", "--control-port", "0", "--reload").exit_code == 2
