"""The file that keeps accounts: what is committed is there, what is not ours is left alone, no answer runs ahead."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mockcloud.cic import operations as op
from mockcloud.errors import CannotStart
from mockcloud.server.cloud import RunningCloud
from mockcloud.server.saving import Saving
from mockcloud.server.store import APPLICATION, FILE, LOCK, VERSION, NotSaved, Store
from mockcloud.settings import Settings, apply
from mockcloud.vocabulary import ConnectionId, Exchange, RequestId, commands
from mockcloud.vocabulary.commands import Persist, Record
from mockcloud.wire.http import WebResponse
from tests.cic.conversation import catalogue
from tests.server.conftest import Run

FREE = {"port": 0, "control_port": 0, "tls": False}
FULL = "make room on its disk"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path)
    yield store
    store.close()


def reopened(store: Store) -> list[Record]:
    """What another server finds in the folder."""
    store.close()
    other = Store(store.file.parent)
    try:
        return other.records()
    finally:
        other.close()


def fill(store: Store) -> None:
    """The disk has no room any more."""
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {pages}")


def make_room(store: Store) -> None:
    store._db.execute("PRAGMA max_page_count = 100000")


A = Record("a", "alerts", "", b'{"x":1}')
DEVICE = Record("a", "devices", "one", '{"name":"거실"}'.encode())
LARGE = Record("a", "devices", "large", b'"' + b"x" * 100_000 + b'"')


# What is kept


def test_what_was_committed_is_there_in_the_order_in_which_it_first_came(store: Store) -> None:
    store.commit([A, DEVICE])
    changed = Record("a", "alerts", "", b"{}")
    store.commit([changed, Record("b", "alerts", "", b"[]")])
    assert reopened(store) == [changed, DEVICE, Record("b", "alerts", "", b"[]")]


def test_a_record_without_data_is_gone_and_one_without_part_takes_the_account_along(store: Store) -> None:
    store.commit([A, DEVICE, Record("b", "alerts", "", b"[]")])
    store.commit([Record("a", "devices", "one")])
    assert store.records() == [A, Record("b", "alerts", "", b"[]")]
    store.commit([Record("b"), Record("b", "state", "", b'""')])
    assert reopened(store) == [A, Record("b", "state", "", b'""')]


def test_names_may_hold_anything(store: Store) -> None:
    store.commit([Record("a'; DROP TABLE records; --", "devices", "\x00\ud800", b"{}")])
    (record,) = store.records()
    assert record.account == "a'; DROP TABLE records; --"


def test_a_commit_is_all_or_nothing_and_what_failed_goes_with_the_next(store: Store) -> None:
    store.commit([A])
    fill(store)
    with pytest.raises(NotSaved, match=f"{FILE} cannot be written: database or disk is full; {FULL}"):
        store.commit([DEVICE, LARGE, Record("a", "alerts", "", b"[]")])
    assert store.records() == [A]
    with pytest.raises(NotSaved):
        store.commit()
    make_room(store)
    store.commit([Record("a", "devices", "large")])
    assert store.records() == [Record("a", "alerts", "", b"[]"), DEVICE]


def test_the_folder_is_nobody_elses_business(tmp_path: Path) -> None:
    store = Store(tmp_path / "new" / "state")
    store.close()
    assert (tmp_path / "new" / "state").stat().st_mode & 0o077 == 0
    assert store.file.stat().st_mode & 0o077 == 0
    assert sorted(os.listdir(store.file.parent)) == [LOCK, FILE]


# What is not ours, or not to be had


def refused(folder: Path) -> str:
    with pytest.raises(CannotStart) as error:
        Store(folder).close()
    return str(error.value)


def test_a_file_of_a_later_version_is_refused_and_left_as_it_is(store: Store, tmp_path: Path) -> None:
    store.commit([A])
    store._db.execute(f"PRAGMA user_version = {VERSION + 1}")
    store.close()
    before = store.file.read_bytes()
    assert refused(tmp_path) == (
        f"{store.file} was written by a later mockcloud (version 2, this one reads 1); "
        "use that one, or another folder for --state"
    )
    assert store.file.read_bytes() == before
    with sqlite3.connect(store.file) as db:
        db.execute(f"PRAGMA user_version = {VERSION}")
    db.close()
    assert reopened(store) == [A]


def test_a_database_of_somebody_else_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE) as db:
        db.execute("CREATE TABLE theirs (x)")
    db.close()
    before = (tmp_path / FILE).read_bytes()
    assert "was not written by mockcloud; --state names another folder" in refused(tmp_path)
    assert (tmp_path / FILE).read_bytes() == before


@pytest.mark.parametrize("content", [b"hello, this is no database", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    assert "cannot be read: file is not a database; put a copy that is whole in its place" in refused(tmp_path)
    assert (tmp_path / FILE).read_bytes() == content


def test_a_database_that_is_broken_is_refused(store: Store, tmp_path: Path) -> None:
    store.commit([Record("a", "devices", str(number), b"x" * 500) for number in range(100)])
    store.close()
    whole = store.file.read_bytes()
    store.file.write_bytes(whole[:8192] + b"\xff" * 20_000 + whole[28_192:])
    assert "cannot be read: " in refused(tmp_path)
    store.file.write_bytes(whole)
    assert len(reopened(store)) == 100


def test_a_file_that_was_only_begun_is_taken(tmp_path: Path) -> None:
    (tmp_path / FILE).touch()
    store = Store(tmp_path)
    store.commit([A])
    assert store.records() == [A]
    store.close()


def test_a_second_server_is_told_whose_the_folder_is(store: Store, tmp_path: Path) -> None:
    assert refused(tmp_path) == (
        f"another mockcloud (process {os.getpid()}) keeps its state in {tmp_path}: "
        "stop it, or give this one a folder of its own by --state"
    )


def test_a_folder_that_is_a_file_and_one_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cure = "--state names a folder that this user may write to"
    assert refused(tmp_path / "file") == f"the state cannot be kept in {tmp_path}/file: File exists; {cure}"
    assert refused(tmp_path / "file" / "below") == (
        f"the state cannot be kept in {tmp_path}/file/below: Not a directory; {cure}"
    )


def test_a_file_that_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    assert f"{FILE} cannot be opened: Is a directory" in refused(tmp_path)


def test_nothing_is_left_open_when_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database at all")
    before = os.listdir("/dev/fd")
    refused(tmp_path)
    assert len(os.listdir("/dev/fd")) == len(before)


# An answer leaves after the commit that it rests on

EX = Exchange(ConnectionId(1), 1)
DOWN = Exchange(ConnectionId(1), 3)
SAVED = commands.Answer(RequestId(1), op.Outcome(201, {}))


def test_what_is_to_be_performed_once_it_is_kept(store: Store) -> None:
    saving = Saving(store)
    assert saving.performable([Persist((A,)), SAVED]) == ([SAVED], set())
    assert store.records() == [A]
    commanded = [SAVED, commands.EndBody(EX)]
    assert saving.performable(commanded)[0] is commanded


def test_nothing_is_acknowledged_that_is_not_kept(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    saving = Saving(store)
    fill(store)
    push, close = commands.SendBody(DOWN, b"part", 5), commands.CloseConnection(ConnectionId(2))
    page = commands.Answer(RequestId(2), WebResponse(200, (), b"token"))
    answered = [commands.StartResponse(EX, 200), commands.SendBody(EX, b"yes", 6), commands.EndBody(EX)]
    commanded, aborted = saving.performable([Persist((LARGE,)), *answered, push, close, SAVED, page])
    assert aborted == {EX}
    assert commanded[:4] == [commands.StartResponse(EX, 500), commands.EndBody(EX), push, close]
    control, web = (one.value for one in commanded[4:] if isinstance(one, commands.Answer))
    assert (control.status, control.body["title"]) == (500, "Not saved")
    assert control.body["detail"].endswith(FULL)
    assert (web.status, b"not saved: " in web.body) == (500, True)

    # What changes nothing would promise that the change before is kept.
    commanded, _ = saving.performable([SAVED])
    assert [one.value.status for one in commanded if isinstance(one, commands.Answer)] == [500]
    assert len(caplog.records) == 1
    assert FULL in caplog.text

    make_room(store)
    assert saving.performable([SAVED]) == ([SAVED], set())
    assert store.records() == [LARGE]
    assert "nothing is missing" in caplog.text


def test_a_full_disk_is_500_and_the_server_goes_on(tmp_path: Path, run: Run) -> None:
    async def scene() -> None:
        store = Store(tmp_path)
        async with RunningCloud(apply(Settings(), FREE), tls=None, catalogue=catalogue(), store=store) as cloud:
            assert (await cloud.ask(op.IssueToken("default", "speaker"))).status == 201
            fill(store)
            outcome = await cloud.ask(op.LoadScenario("default", "mockcloud: 1\ntitle: t\n#" + "x" * 100_000))
            assert (outcome.status, outcome.body["title"]) == (500, "Not saved")
            assert (await cloud.ask(op.ReadAccount("default"))).status == 500
            make_room(store)
            assert (await cloud.ask(op.ReadAccount("default"))).body["scenario"] == "t"

    run(scene())
    store = Store(tmp_path)
    assert "scenario_text" in {record.part for record in store.records()}
    store.close()


# The command


def serve(folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mockcloud", "serve", "--no-tls", "--port=0", "--control-port=0", "--state", folder],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        env={**os.environ, **environ},
    )


def test_a_state_that_cannot_be_understood_ends_the_command(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.commit([Record("default", "alerts", "", b"5")])
    store.close()
    before = store.file.read_bytes()
    done = serve(tmp_path)
    assert done.returncode == 3
    assert f"{store.file} cannot be understood: account 'default', alerts: Expected `object`, got `int`" in done.stderr
    assert store.file.read_bytes() == before


def test_the_file_says_what_it_is(store: Store) -> None:
    assert store._db.execute("PRAGMA application_id").fetchone() == (APPLICATION,)
    assert store._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
