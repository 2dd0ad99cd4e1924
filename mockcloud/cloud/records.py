"""Accounts as records: what of them outlives the server, and which of it an input has changed.

Rule 1. Everything in an account is kept, new fields too, but for what `_LEFT_OUT` and `_LEFT_OUT_OF_DEVICES` name.
Rule 2. A record is one field of an account, or one entry of a field that may hold many (`_BY_ENTRY`). It is JSON.
Rule 3. Changes are found by comparison with what was kept before, so whatever changes an account need not tell of it.
        It is enough to know which accounts an input had to do with.
Rule 4. Of identifiers a whole block is taken in advance: the record changes once in `BLOCK`, and none comes twice.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from mockcloud.clock import AccountClock
from mockcloud.cloud.accounts import Account, Accounts, Device, Token
from mockcloud.settings import AccountSettings
from mockcloud.vocabulary import Ids
from mockcloud.vocabulary.commands import Record

BLOCK = 1000
"""Identifiers that are taken at a time."""

SERVER = ""
"""The account of records that belong to none."""

_LEFT_OUT = frozenset({"id", "journal", "recordings", "scenario", "faults", "own_url", "states"})
"""The scenario is made again from its text; faults, and what was noticed of log-ins, end with the server."""
_LEFT_OUT_OF_DEVICES = frozenset({"device_id", "connected", "message_ids", "dialogs", "course"})
"""What is true of one connection only."""
_BY_ENTRY = frozenset({"codes", "devices", "refresh_tokens", "tokens"})

_KEPT = tuple(one.name for one in fields(Account) if one.name not in _LEFT_OUT | _BY_ENTRY)
_KEPT_OF_DEVICES = tuple(one.name for one in fields(Device) if one.name not in _LEFT_OUT_OF_DEVICES)

Place = tuple[str, str]
"""Field of the account, and entry of it (empty: the field is one record)."""


class Unreadable(ValueError):
    """A record that does not fit what an account is."""


class Records:
    """What is kept of every account, as it was last told."""

    def __init__(self, settings: AccountSettings, kept: Iterable[Record] = ()) -> None:
        self._settings = settings
        self._kept: dict[str, dict[Place, bytes]] = {}
        self._taken: dict[str, Ids] = {}
        """Identifiers that are taken in advance, by account."""
        self._own: dict[str, tuple[AccountSettings, dict[str, Any]]] = {}
        for record in kept:
            self._kept.setdefault(record.account, {})[record.part, record.key] = record.data or b""

    def __len__(self) -> int:
        """How many accounts there are."""
        return len(self._kept) - (SERVER in self._kept)

    def of_server(self, ids: Ids, made: int) -> list[Record]:
        """What has changed in what belongs to no account: identifiers, and how many accounts were given a name."""
        return self._differences(SERVER, {("ids", ""): _json(self._reserved(SERVER, ids)), ("made", ""): _json(made)})

    def of_account(self, account: Account) -> list[Record]:
        """What has changed in an account since it was last asked for."""
        now = {(name, ""): _json(self._plain(account, name)) for name in _KEPT}
        for name in _BY_ENTRY:
            for key, entry in getattr(account, name).items():
                now[name, key] = _json(_of_device(entry) if isinstance(entry, Device) else entry)
        return self._differences(account.id, now)

    def of_deleted(self, account_id: str) -> list[Record]:
        """Nothing of that account is to be kept any longer."""
        self._taken.pop(account_id, None)
        self._own.pop(account_id, None)
        return [Record(account_id)] if self._kept.pop(account_id, None) is not None else []

    def missing(self, accounts: Iterable[str]) -> list[str]:
        """Those of the accounts of which nothing is kept yet."""
        return [account_id for account_id in accounts if account_id not in self._kept]

    def _differences(self, account_id: str, now: dict[Place, bytes]) -> list[Record]:
        before = self._kept.get(account_id, {})
        gone = [] if before.keys() <= now.keys() else [place for place in before if place not in now]
        changed = [(place, data) for place, data in now.items() if before.get(place) != data]
        self._kept[account_id] = now
        return [
            *(Record(account_id, part, key) for part, key in gone),
            *(Record(account_id, part, key, data) for (part, key), data in changed),
        ]

    def _plain(self, account: Account, name: str) -> Any:
        match name:
            case "ids":
                return self._reserved(account.id, account.ids)
            case "clock":
                return {"moved": account.clock.offset - account.clock.real_offset, "frozen_at": account.clock.frozen_at}
            case "settings":
                return self._own_settings(account)
        return getattr(account, name)

    def _reserved(self, account_id: str, ids: Ids) -> Ids:
        reserved = self._taken.get(account_id)
        if reserved is None or reserved.seed != ids.seed or reserved.taken < ids.taken:
            reserved = self._taken[account_id] = Ids(ids.seed, (ids.taken // BLOCK + 1) * BLOCK)
        return reserved

    def _own_settings(self, account: Account) -> dict[str, Any]:
        """In what an account's settings differ from those of the server: only that is the account's own."""
        known = self._own.get(account.id)
        if known is None or known[0] is not account.settings:
            own = _difference(msgspec.to_builtins(account.settings), msgspec.to_builtins(self._settings))
            known = self._own[account.id] = account.settings, own
        return known[1]


def restore(accounts: Accounts, kept: Iterable[Record]) -> tuple[Ids | None, int]:
    """Make the accounts again that these records are of.

    Returns what `Records.of_server` was told: the server's identifiers (``None``: there are no such records) and
    how many accounts were given a name. Raises `Unreadable`.
    """
    found: dict[str, dict[str, dict[str, bytes]]] = {}
    for record in kept:
        found.setdefault(record.account, {}).setdefault(record.part, {})[record.key] = record.data or b""
    server = found.pop(SERVER, {})
    for account_id, parts in found.items():
        _restore(accounts, account_id, parts)
    if "ids" not in server:
        return None, 0
    return _read(server["ids"][""], Ids, "ids"), _read(server["made"][""], int, "made")


def _restore(accounts: Accounts, account_id: str, parts: Mapping[str, Mapping[str, bytes]]) -> None:
    hints = _hints(Account)
    values: dict[str, Any] = {}
    for part, entries in parts.items():
        where = f"account {account_id!r}, {part}"
        if part in _BY_ENTRY:
            kind = get_args(hints[part])[1]
            values[part] = {key: _entry(kind, key, data, where) for key, data in entries.items()}
        elif part in _KEPT:
            kind = {"clock": dict[str, int | None], "settings": dict[str, Any]}.get(part, hints[part])
            values[part] = _read(entries[""], kind, where)
    tokens: dict[str, Token] = values.get("tokens", {})
    values["refresh_tokens"] = {
        refresh: tokens.get(token.access_token, token) for refresh, token in values.get("refresh_tokens", {}).items()
    }
    try:
        own = values.pop("settings", {})
        settings = msgspec.convert(_over(msgspec.to_builtins(accounts.defaults), own), AccountSettings)
        clock = accounts.new_clock(settings)
        _move(clock, **values.pop("clock", {}))
        accounts.restore(account_id, settings=settings, clock=clock, **values)
    except (msgspec.ValidationError, TypeError) as error:
        raise Unreadable(f"account {account_id!r}: {error}") from error


def _move(clock: AccountClock, moved: int | None = 0, frozen_at: int | None = None) -> None:
    clock.offset += moved or 0
    clock.frozen_at = frozen_at


def _entry(kind: type, key: str, data: bytes, where: str) -> Any:
    if kind is not Device:
        return _read(data, kind, f"{where} {key!r}")
    known = _read(data, dict[str, msgspec.Raw], f"{where} {key!r}")
    hints = _hints(Device)
    told = {
        name: _read(raw, hints[name], f"{where} {key!r}: {name}")
        for name, raw in known.items()
        if name in _KEPT_OF_DEVICES
    }
    return Device(key, **told)


def _of_device(device: Device) -> dict[str, Any]:
    return {name: getattr(device, name) for name in _KEPT_OF_DEVICES}


def _difference(mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in mine.items():
        if isinstance(value, dict):
            if nested := _difference(value, theirs[name]):
                found[name] = nested
        elif value != theirs[name]:
            found[name] = value
    return found


def _over(theirs: dict[str, Any], mine: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with an account's own put over them; a name that is none any more is left out."""
    return {
        name: _over(value, mine.get(name) or {}) if isinstance(value, dict) else mine.get(name, value)
        for name, value in theirs.items()
    }


# JSON


def _json(value: Any) -> bytes:
    return _ENCODER.encode(value)


def _listed(value: Any) -> Any:
    if isinstance(value, deque):
        return list(value)
    raise NotImplementedError(f"{type(value).__name__} is not plain data: an account cannot hold it")


_ENCODER = msgspec.json.Encoder(enc_hook=_listed)


def _read(data: bytes | msgspec.Raw, kind: Any, where: str) -> Any:
    try:
        return _decoder(kind).decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Unreadable(f"{where}: {error}") from error


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind, dec_hook=_queued)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _queued(kind: Any, value: Any) -> Any:
    if (get_origin(kind) or kind) is deque:
        return deque(value)
    raise NotImplementedError(f"{kind} is not plain data: an account cannot hold it")
