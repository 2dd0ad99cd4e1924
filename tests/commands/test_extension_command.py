"""``mockcloud extension`` and the folder of ``serve --extensions``."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from mockcloud.commands import registrations as registrations_module
from mockcloud.commands.registrations import Registrations, read_registration
from mockcloud.errors import UnreadableInput
from tests.commands.conftest import CloudInThread, Run
from tests.patience import PATIENCE

ID = "com.example.pizza"
YAML = """\
name: 피자봇
invocation_names: [피자봇]
url: http://127.0.0.1:9/clova
model:
  intents:
    OrderPizza: {file: order.tsv}
  slot_types:
    PIZZA_TYPE: {tsv: "치즈\\t치즈 피자"}
"""
TSV = "[INTENT SLOT]\npizzaType\tPIZZA_TYPE\n\n[INTENT EXPRESSION]\n<pizzaType>치즈</pizzaType> 주문해줘\n"


@pytest.fixture
def file(own_place: Path) -> Path:
    (own_place / "order.tsv").write_text(TSV, encoding="utf-8")
    registration = own_place / f"{ID}.yaml"
    registration.write_text(YAML, encoding="utf-8")
    return registration


def done(run: Run, cloud: CloudInThread, *words: str, code: int = 0) -> str:
    ended = run("extension", *words, *cloud.flags())
    assert ended.exit_code == code, ended.output
    return str(ended.stdout or ended.stderr)


def test_an_extension_from_being_registered_to_being_deleted(run: Run, cloud: CloudInThread, file: Path) -> None:
    assert "is registered" in done(run, cloud, "put", str(file))
    assert ID in done(run, cloud, "list")
    shown: dict[str, Any] = json.loads(done(run, cloud, "show", ID))
    assert shown["model"]["intents"]["OrderPizza"]["tsv"] == TSV
    assert "BEGIN PUBLIC KEY" in done(run, cloud, "key", ID)
    assert "is not reached (connect)" in done(run, cloud, "probe", ID, code=1)
    done(run, cloud, "delete", ID)
    assert "none" in done(run, cloud, "list")
    assert "No such extension" in done(run, cloud, "show", ID, code=2)


def test_mistakes_stand_where_they_were_made(run: Run, cloud: CloudInThread, file: Path) -> None:
    file.with_name("order.tsv").write_text(TSV + "<pizzaType>치즈 주세요\n", encoding="utf-8")
    assert "order.tsv:6: " in done(run, cloud, "put", str(file), code=2)
    file.write_text(YAML.replace("http://127.0.0.1:9/clova", "nowhere"), encoding="utf-8")
    file.with_name("order.tsv").write_text(TSV, encoding="utf-8")
    assert f"{ID}.yaml:3:6: 'nowhere' is not a URL" in done(run, cloud, "put", str(file), code=2)


def test_every_mistake_of_shape_is_told_with_its_line(file: Path) -> None:
    file.write_text(YAML.replace("order.tsv", "nothing.tsv"), encoding="utf-8")
    with pytest.raises(UnreadableInput, match=r"nothing\.tsv cannot be read"):
        read_registration(file)
    file.write_text(YAML.replace("url:", "uri:"), encoding="utf-8")
    with pytest.raises(UnreadableInput, match="`url`"):
        read_registration(file)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp949"])
def test_model_files_are_read_as_excel_saves_them(file: Path, encoding: str) -> None:
    file.with_name("order.tsv").write_bytes(TSV.encode(encoding))
    read = read_registration(file)
    assert read.registration["model"]["intents"]["OrderPizza"]["tsv"] == TSV


def test_a_changed_file_is_registered_again_and_a_bad_one_is_not(
    cloud: CloudInThread, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registrations_module, "LOOK_EVERY", 0.005)
    said: list[str] = []
    order = file.with_name("order.tsv")
    extensions = cloud.cloud.machine.core.accounts.by_id["default"].extensions

    async def follow() -> None:
        words: asyncio.Queue[str] = asyncio.Queue()
        folder = Registrations(file.parent)
        assert await folder.load(cloud.cloud) == [ID]
        watching = asyncio.create_task(folder.watch(cloud.cloud, words.put_nowait))

        async def write(text: str, age: int) -> None:
            order.write_text(text, encoding="utf-8")
            os.utime(order, (1_000_000 + age, 1_000_000 + age))
            said.append(await asyncio.wait_for(words.get(), PATIENCE))

        await write(TSV + "치즈피자 하나\n", 1)
        assert extensions[ID].report["examples"] == 2
        await write("[INTENT EXPRESSION]\n<a>b\n", 2)
        assert extensions[ID].report["examples"] == 2
        await write(TSV, 3)
        assert extensions[ID].report["examples"] == 1
        watching.cancel()

    asyncio.run_coroutine_threadsafe(follow(), cloud._loop).result(PATIENCE)
    assert "was registered again" in said[0]
    assert "the last version that did stays" in said[1]
    assert "order.tsv:2" in said[1]
    assert "was registered again" in said[2]


def test_an_extension_goes_with_its_file_and_moves_with_its_account(
    cloud: CloudInThread, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mockcloud.cic.operations import CreateAccount, DeleteAccount

    monkeypatch.setattr(registrations_module, "LOOK_EVERY", 0.005)
    cloud.ask(CreateAccount(name="other"))
    by_id = cloud.cloud.machine.core.accounts.by_id
    said: list[str] = []

    def write(text: str) -> None:
        file.write_text(text, encoding="utf-8")
        os.utime(file, (1_000_001, 1_000_001))

    remove = file.unlink

    async def follow() -> None:
        words: asyncio.Queue[str] = asyncio.Queue()

        async def heard() -> None:
            said.append(await asyncio.wait_for(words.get(), PATIENCE))

        folder = Registrations(file.parent)
        await folder.load(cloud.cloud)
        watching = asyncio.create_task(folder.watch(cloud.cloud, words.put_nowait))
        write(YAML + "account: other\n")
        await heard()
        assert (list(by_id["default"].extensions), list(by_id["other"].extensions)) == ([], [ID])
        remove()
        await heard()
        assert list(by_id["other"].extensions) == []
        write(YAML)
        await heard()
        assert list(by_id["default"].extensions) == [ID]
        watching.cancel()

    asyncio.run_coroutine_threadsafe(follow(), cloud._loop).result(PATIENCE)
    cloud.ask(DeleteAccount("other"))
    assert f"{ID} was deleted, its file is gone" in said[1]
