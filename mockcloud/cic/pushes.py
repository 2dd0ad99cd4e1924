"""Pushes of the control API: a directive onto open downchannels, answered when its frames have left.

A push without an open downchannel waits for one if it may (``wait_ms``). A push whose frames do not leave, because
the device does not read or its downchannel ends, is answered all the same: its state is ``blocked``.
"""

from dataclasses import dataclass, field

from mockcloud.cic import downchannel
from mockcloud.cic import operations as op
from mockcloud.cic.core import Core, Downchannel
from mockcloud.cic.operations import Outcome, problem
from mockcloud.clock import MILLISECOND, Instant, Timer
from mockcloud.cloud.accounts import Account
from mockcloud.vocabulary import RequestId
from mockcloud.vocabulary.commands import Answer
from mockcloud.vocabulary.replies import Outgoing
from mockcloud.vocabulary.value import Value
from mockcloud.wire.messages import Json


@dataclass(slots=True, eq=False)
class Push:
    """A push whose answer is still open."""

    request: RequestId
    asked: op.Push
    outgoing: Outgoing
    timer: Timer | None = None
    sent: list[Json] = field(default_factory=list)
    unsettled: int = 0
    """Parts of which it is not known yet whether they have left."""


class PushPatienceOver(Value, frozen=True):
    """A timer: no downchannel has come within ``wait_ms``."""

    push: Push


class Pushes:
    def __init__(self, core: Core) -> None:
        self._core = core
        self._waiting: list[Push] = []
        """For a downchannel."""
        self._by_mark: dict[int, tuple[Push, Json]] = {}
        """Parts under way: whose they are, and what the answer says of them."""

    def push(self, account: Account, asked: op.Push, request: RequestId) -> Outcome | None:
        """Send it now, or wait; ``None`` means that the answer comes later."""
        outgoing = _outgoing(asked)
        if isinstance(outgoing, Outcome):
            return outgoing
        if not asked.unchecked and (refused := self._refused(account, asked, outgoing)):
            return refused
        push = Push(request, asked, outgoing)
        if self._channels_for(push):
            return self._send(push)
        if not asked.wait_ms:
            return _no_channel(push)
        self._waiting.append(push)
        due = Instant(self._core.now + asked.wait_ms * MILLISECOND)
        push.timer = self._core.timers.at(due, PushPatienceOver(push))
        return None

    def channel_opened(self) -> None:
        """A downchannel has come: pushes that wait for one go out."""
        for push in [push for push in self._waiting if self._channels_for(push)]:
            self._end(push, self._send(push))

    def settled(self, mark: int, state: str) -> None:
        """The frames of a part have left (``written``), or wait for the device to read (``blocked``)."""
        push, report = self._by_mark.pop(mark, (None, None))
        if push is None or report is None:
            return
        report["state"] = state
        push.unsettled -= 1
        if not push.unsettled:
            self._end(push, Outcome(200, {"sent": push.sent}))

    def patience_over(self, push: Push) -> None:
        if push in self._waiting:
            self._end(push, _no_channel(push))

    def account_deleted(self, account_id: str) -> None:
        for push in [push for push in self._waiting if push.asked.account == account_id]:
            self._end(push, _no_channel(push))

    def withdraw(self, request: RequestId) -> None:
        """Whoever asked has gone; what waits for a downchannel is not sent any more."""
        for push in [push for push in self._waiting if push.request == request]:
            self._waiting.remove(push)
            self._core.timers.cancel(push.timer)

    def _refused(self, account: Account, asked: op.Push, outgoing: Outgoing) -> Outcome | None:
        header = {"messageId": "checked", **asked.directive["header"]}
        message = {"directive": {"header": header, "payload": outgoing.payload}}
        findings = self._core.catalogue.check_directive(message, account.edition)
        wrong = [finding for finding in findings if finding.severity == "violation"]
        if not wrong:
            return None
        return problem(
            422,
            "The directive breaks the specification",
            f"{wrong[0].path}: {wrong[0].said}; unchecked: true sends it all the same",
            violations=[finding.as_json() for finding in wrong],
        )

    def _channels_for(self, push: Push) -> list[Downchannel]:
        account, device = push.asked.account, push.asked.device
        if device is not None:
            channel = self._core.downchannels.get((account, device))
            return [channel] if channel else []
        return [channel for channel in self._core.downchannels.values() if channel.account.id == account]

    def _send(self, push: Push) -> Outcome | None:
        for channel in self._channels_for(push):
            done = downchannel.send(self._core, channel, push.outgoing, by="push")
            if done is not None:
                prepared, mark = done
                report: Json = {
                    "device": channel.device.device_id,
                    "message_id": prepared.directive.message_id,
                    "state": "pending",
                }
                push.sent.append(report)
                push.unsettled += 1
                self._by_mark[mark] = push, report
        return None if push.sent else _no_channel(push)

    def _end(self, push: Push, outcome: Outcome | None) -> None:
        if push in self._waiting:
            self._waiting.remove(push)
            self._core.timers.cancel(push.timer)
        if outcome is not None:
            self._core.out.append(Answer(push.request, outcome))


def _no_channel(push: Push) -> Outcome:
    whose = f"device {push.asked.device!r}" if push.asked.device else f"account {push.asked.account!r}"
    waited = f" within {push.asked.wait_ms} ms" if push.asked.wait_ms else ""
    return problem(
        409,
        "No downchannel",
        f"{whose} has no open downchannel{waited}; wait_ms waits for one, GET /v1/channels lists the open ones",
    )


def _outgoing(asked: op.Push) -> Outgoing | Outcome:
    header = asked.directive.get("header")
    payload = asked.directive.get("payload", {})
    if not isinstance(header, dict) or not all(
        isinstance(header.get(name), str) and header[name] for name in ("namespace", "name")
    ):
        return problem(422, "No name", "directive.header needs namespace and name")
    if not isinstance(payload, dict):
        return problem(422, "No payload", "directive.payload is an object")
    return Outgoing(
        f"{header['namespace']}.{header['name']}",
        payload,
        via="downchannel",
        dialog=False,
        unchecked=asked.unchecked,
        dialog_request_id=str(header.get("dialogRequestId") or ""),
        message_id=str(header.get("messageId") or ""),
        attachments=asked.attachments,
    )
