"""The way of one exchange's response to the driver, when faults may strike it.

Commands come in as the machine made them and leave as the faults have left them: changed, cut in pieces, late, or
never. What stands before a strike is written out first: the strike waits for `Written`, so that a device has the
bytes that a position names, and no more.

Rule 1. Request points strike at once, whatever waits; response points strike in the order of the body.
Rule 2. While something holds the response up, all that follows of it waits in its order.
Rule 3. After the end of an exchange nothing of it goes out.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Literal

from msgspec.structs import replace

from mockcloud.cic.core import Core
from mockcloud.clock import Instant
from mockcloud.cloud.accounts import Account, Device, Token
from mockcloud.faults.armed import ArmedFault
from mockcloud.faults.body import PARTS, Segment, parts_in, segments, with_parts
from mockcloud.faults.effect import Act, BreakSignature, ExpireToken, Hold, Progress, RefuseConnection
from mockcloud.faults.points import REQUEST_POINTS, At, Point
from mockcloud.vocabulary import Command, Exchange
from mockcloud.vocabulary.commands import EndBody, ResetStream, SendBody, StartResponse
from mockcloud.vocabulary.value import Value
from mockcloud.wire.http import boundary


@dataclass(slots=True, eq=False)
class Due:
    """A fault that is to strike this exchange when it comes to a point."""

    armed: ArmedFault
    at: At
    seen: int = 0
    """Parts of the kind that have come by."""


class HoldOver(Value, frozen=True):
    """A timer: a response has been held up for long enough."""

    passage: "Passage"


class StrikeDue(Value, frozen=True):
    """A timer: so long after a point of the request a fault strikes."""

    passage: "Passage"
    due: Due


class _Fresh(Value, frozen=True):
    """A command that no fault has looked at."""

    command: Command


class _Await(Value, frozen=True):
    """Go on when the bytes before have been written."""

    mark: int


_Item = _Fresh | _Await | Due | Hold | Command


class Passage:
    """``struck`` is told of each strike with what was sent because of it."""

    def __init__(
        self,
        core: Core,
        progress: Progress,
        account: Account,
        device: Device,
        token: Token,
        struck: Callable[["Passage", Due, list[Act]], None],
    ) -> None:
        self.progress = progress
        self.account = account
        self.device = device
        self.boundary = ""
        self.due: list[Due] = []
        self.is_done = False
        """All of the response has gone out."""
        self._core = core
        self._token = token
        self._struck = struck
        self._line: deque[_Item] = deque()
        self._blocked: Literal["", "writing", "holding"] = ""
        self._mark = 0
        self._held_until: float = 0

    @property
    def ex(self) -> Exchange:
        return self.progress.ex

    # What happens to it

    def take(self, command: Command) -> list[Command]:
        """The next command of the exchange; what is to be commanded in its place, now."""
        self._line.append(_Fresh(command))
        if self._blocked == "holding":
            self._never_written(command)
        return self._run()

    def reached(self, point: Point, received: int = 0, *, after: bool = False) -> list[Command]:
        """The request has come to a point: of audio so many bytes are there, or (``after``) all."""
        out: list[Command] = []
        for due in [due for due in self.due if self._strikes_request(due, point, received, after)]:
            self.due.remove(due)
            if due.at.wait:
                self._core.timers.at(self._later(due.at.wait), StrikeDue(self, due))
            else:
                out += self.strike(due)
        return out

    def strike(self, due: Due) -> list[Command]:
        """Let a fault strike at once, whatever waits."""
        out = self._let_strike(due)
        return out + self._run()

    def hold_over(self) -> list[Command]:
        if self._core.now >= self._held_until:
            self._blocked = ""
        return self._run()

    def written(self, mark: int) -> list[Command]:
        if self._blocked != "writing" or mark != self._mark:
            return []
        self._blocked = ""
        return self._run()

    # On the way

    def _run(self) -> list[Command]:
        out: list[Command] = []
        while self._line and not self._blocked and not self.progress.is_over:
            item = self._line.popleft()
            match item:
                case _Fresh(command):
                    self._line.extendleft(reversed(self._examined(command)))
                case Due():
                    out += self._let_strike(item)
                case _Await(mark):
                    self._blocked, self._mark = "writing", mark
                case Hold(span):
                    self._hold(span)
                case SendBody(ex, data, mark) if self.progress.pace and len(data) > self.progress.pace[0]:
                    size, every = self.progress.pace
                    out.append(SendBody(ex, data[:size]))
                    self._line.extendleft((SendBody(ex, data[size:], mark), Hold(every)))
                case _:
                    self.is_done = isinstance(item, EndBody | ResetStream)
                    out.append(item)
        if self.progress.is_over:
            for item in self._line:
                self._never_written(item.command if isinstance(item, _Fresh) else item)
            self._line.clear()
        return out

    def _let_strike(self, due: Due) -> list[Command]:
        if due.armed.is_spent or self.progress.is_over or self.is_done:
            return []
        self.progress.draw = due.armed.drawing(self.account.settings.seed)
        acts = due.armed.fault.effect.strike(self.progress)
        self._struck(self, due, acts)
        out: list[Command] = []
        for act in acts:
            if isinstance(act, Hold):
                self._hold(act.span)
            elif isinstance(act, ExpireToken):
                self._token.expires_at = min(self._token.expires_at, self.account.clock.at(self._core.now))
            elif not isinstance(act, BreakSignature | RefuseConnection):
                out.append(act)
        return out

    def _hold(self, span: int | None) -> None:
        self._blocked = "holding"
        self._held_until = max(self._held_until, inf if span is None else self._core.now + span)
        if span is not None:
            self._core.timers.at(self._later(span), HoldOver(self))
        for item in self._line:
            self._never_written(item.command if isinstance(item, _Fresh) else item)

    def _never_written(self, item: object) -> None:
        """Whoever waits for the mark of a part that is held up learns that it is blocked."""
        if isinstance(item, SendBody) and item.mark is not None:
            self._core.never_written.append(item.mark)

    def _later(self, span: int) -> Instant:
        return Instant(self._core.now + span)

    # Looking at a command

    def _examined(self, command: Command) -> list[_Item]:
        if isinstance(command, StartResponse):
            return [self._headers(command)]
        if isinstance(command, SendBody):
            return self._body(command)
        if isinstance(command, EndBody):
            # A response without a body, or without delimiters, ends here.
            left = [due for due in self.due if due.at.point == "end" and _interrupts(due)]
            self.due = [due for due in self.due if due not in left]
            return [*left, command]
        return [command]

    def _headers(self, command: StartResponse) -> StartResponse:
        self.progress.is_started = True
        try:
            self.boundary = boundary(dict(command.headers).get("content-type", ""))
        except ValueError:
            self.boundary = ""
        for due in [due for due in self.due if due.armed.fault.effect.changes_headers()]:
            changed = due.armed.fault.effect.headers(command.headers)
            if changed != command.headers and not due.armed.is_spent:
                self.due.remove(due)
                self._struck(self, due, [])
                command = replace(command, headers=changed)
        return command

    def _body(self, command: SendBody) -> list[_Item]:
        pieces = self._changed(segments(self.boundary, command.data))
        data = b"".join(piece.data for piece in pieces)
        found = [(offset, due) for due in self.due if _interrupts(due) and (offset := _offset(due, pieces)) is not None]
        items: list[_Item] = []
        start = 0
        for offset, due in sorted(found, key=lambda one: one[0]):
            self.due.remove(due)
            mark = self._core.next_mark()
            items += [SendBody(self.ex, data[start:offset], mark), _Await(mark)]
            items += [Hold(due.at.wait), due] if due.at.wait else [due]
            start = offset
        if start < len(data) or command.mark is not None or not items:
            items.append(replace(command, data=data[start:]))
        return items

    def _changed(self, pieces: list[Segment]) -> list[Segment]:
        for due in [due for due in self.due if due.armed.fault.effect.changes_parts()]:
            kinds = [piece.kind for piece in pieces if piece.kind in PARTS]
            at = _meant(due, kinds)
            if at is not None and not due.armed.is_spent:
                self.due.remove(due)
                parts = due.armed.fault.effect.parts(parts_in(pieces), at, self.progress)
                pieces = with_parts(self.boundary, pieces, parts)
                self._struck(self, due, [])
        return pieces

    def _strikes_request(self, due: Due, point: Point, received: int, after: bool) -> bool:
        at = due.at
        if not _interrupts(due) or at.point not in REQUEST_POINTS:
            return False
        if at.point == "metadata" and at.side == "before":
            return point == "headers"
        if at.point != point:
            return False
        if point == "audio":
            return after if at.side == "after" else received >= max(1, at.bytes)
        return True


def _interrupts(due: Due) -> bool:
    return due.armed.fault.effect.strikes()


def _meant(due: Due, kinds: Sequence[str]) -> int | None:
    """Which of these parts the fault is set for, if it is one of them; those of its kind are counted."""
    same = [index for index, kind in enumerate(kinds) if kind == due.at.point]
    nth = 0 if due.at.nth is None else due.at.nth - 1 - due.seen
    due.seen += len(same)
    return same[nth] if 0 <= nth < len(same) else None


def _offset(due: Due, pieces: list[Segment]) -> int | None:
    """Where in this write the fault strikes, in bytes, if it does."""
    at, kinds = due.at, [piece.kind for piece in pieces]
    if at.point == "end":
        index = kinds.index("closing") if "closing" in kinds else None
    else:
        index = _meant(due, kinds)
    if index is None:
        return None
    start, length = _size(pieces[:index]), len(pieces[index].data)
    if at.point == "end":
        return start + length if at.side == "after" else start
    if at.side == "after":
        start += length + _size([one for one in pieces[index + 1 : index + 2] if one.kind == "delimiter"])
    return min(start + at.bytes + length * at.percent // 100, _size(pieces))


def _size(pieces: Iterable[Segment]) -> int:
    return sum(len(piece.data) for piece in pieces)
