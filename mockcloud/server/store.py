"""What outlives the server: the records of the machine's `Persist` commands, in one SQLite file of a folder.

Rule 1. A commit is one transaction, and is there after a kill of the process at any moment. SQLite writes ahead
        (WAL) and the operating system has the bytes when `Store.commit` returns; it has not been asked to put them
        onto the disk at once (``synchronous=NORMAL``), so that the last ones may be lost with the machine's power.
Rule 2. What could not be committed waits, and goes with the next commit: the file has no gaps.
Rule 3. A file that is not ours, is broken or comes from a later version is left as it is.
Rule 4. One server at a time: `LOCK` is locked as long as the store is open, and tells whose it is.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from mockcloud.errors import CannotStart
from mockcloud.vocabulary.commands import Record

FILE = "mockcloud.sqlite3"
LOCK = "mockcloud.lock"

APPLICATION = 0x6D6F636B
"""``application_id`` of the file: "mock"."""
VERSION = 1
"""``user_version`` of the file: the shape of the table and of what is in it."""

_TABLE = """
CREATE TABLE records (
    place INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    part TEXT NOT NULL,
    key TEXT NOT NULL,
    data TEXT NOT NULL,
    UNIQUE (account, part, key)
)
"""
_PUT = """
INSERT INTO records (account, part, key, data) VALUES (?, ?, ?, ?)
ON CONFLICT (account, part, key) DO UPDATE SET data = excluded.data
"""


class NotSaved(Exception):
    """A commit has failed; its text says why, and what to do."""


class Store:
    """The folder's records. Raises `CannotStart` if they are not to be had."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / FILE
        self._waiting: dict[tuple[str, str, str], Record] = {}
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = _locked(folder / LOCK)
        except OSError as error:
            cure = "--state names a folder that this user may write to"
            raise CannotStart(f"the state cannot be kept in {folder}: {error.strerror}; {cure}") from error
        try:
            self._db = self._opened()
        except BaseException:
            self._lock.close()
            raise

    def records(self) -> list[Record]:
        """Everything that is kept, in the order in which it first came. Raises `CannotStart`."""
        with self._explained():
            rows = self._db.execute("SELECT account, part, key, data FROM records ORDER BY place").fetchall()
        return [Record(account, part, key, data.encode()) for account, part, key, data in rows]

    def commit(self, records: Iterable[Record] = ()) -> None:
        """Keep these and what is still waiting, all or none. Raises `NotSaved`; what was given waits then."""
        for record in records:
            place = record.account, record.part, record.key
            self._waiting.pop(place, None)
            self._waiting[place] = record
        if not self._waiting:
            return
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                for record in self._waiting.values():
                    self._write(record)
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise NotSaved(f"{self.file} cannot be written: {error}; {_cure(error)}") from error
        self._waiting.clear()

    def close(self) -> None:
        """The file is complete without its companions, and anybody may open it."""
        self._db.close()
        self._lock.close()

    def _write(self, record: Record) -> None:
        account, key = _text(record.account), _text(record.key)
        if record.data is not None:
            self._db.execute(_PUT, (account, record.part, key, record.data.decode()))
        elif record.part:
            where = "account = ? AND part = ? AND key = ?"
            self._db.execute(f"DELETE FROM records WHERE {where}", (account, record.part, key))
        else:
            self._db.execute("DELETE FROM records WHERE account = ?", (account,))

    def _opened(self) -> sqlite3.Connection:
        with self._explained():
            os.close(os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            db = sqlite3.connect(self.file, isolation_level=None, check_same_thread=False)
            try:
                self._prepare(db)
            except BaseException:
                db.close()
                raise
            return db

    def _prepare(self, db: sqlite3.Connection) -> None:
        """Nothing is written before it is known that the file is ours, or nobody's."""
        (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        (application,) = db.execute("PRAGMA application_id").fetchone()
        (version,) = db.execute("PRAGMA user_version").fetchone()
        is_new = not (tables or application or version)
        if not is_new and application != APPLICATION:
            raise CannotStart(f"{self.file} was not written by mockcloud; --state names another folder")
        if version > VERSION:
            raise CannotStart(
                f"{self.file} was written by a later mockcloud (version {version}, this one reads {VERSION}); "
                "use that one, or another folder for --state"
            )
        if not is_new and (broken := db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(broken)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        if is_new:
            db.execute("BEGIN IMMEDIATE")
            db.execute(_TABLE)
            db.execute(f"PRAGMA application_id = {APPLICATION}")
            db.execute(f"PRAGMA user_version = {VERSION}")
            db.execute("COMMIT")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """What SQLite says, as what it means for whoever starts a server."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise CannotStart(f"{self.file} cannot be used: {error}; {_cure(error)}") from error
        except sqlite3.DatabaseError as error:
            cure = "put a copy that is whole in its place, or move it away to begin anew"
            raise CannotStart(f"{self.file} cannot be read: {error}; {cure}") from error
        except OSError as error:
            raise CannotStart(f"{self.file} cannot be opened: {error.strerror}") from error


def _locked(file: Path) -> FileIO:
    """The lock file, locked until it is closed, with our process id in it."""
    lock = FileIO(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n".encode())
    except BlockingIOError:
        owner = lock.read(20).decode("ascii", "replace").strip()
        lock.close()
        raise CannotStart(
            f"another mockcloud{f' (process {owner})' if owner else ''} keeps its state in {file.parent}: "
            "stop it, or give this one a folder of its own by --state"
        ) from None
    except BaseException:
        lock.close()
        raise
    return lock


def _cure(error: sqlite3.Error) -> str:
    said = str(error)
    if "full" in said:
        return "make room on its disk"
    if "readonly" in said or "unable to open" in said:
        return "let this user write to the folder and the file"
    if "locked" in said:
        return "another program has it open for writing: close that"
    return "look at the disk and at who may write to the folder"


def _text(name: str) -> str:
    """The name as SQLite can hold it: half a character becomes an escape."""
    return name.encode("utf-8", "backslashreplace").decode()
