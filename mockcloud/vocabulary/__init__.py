"""The words that the layers speak with each other: frozen values, nothing that acts.

Inputs go into a machine, commands come out of it, identifiers and findings travel in both.
"""

from typing import Protocol

from mockcloud.clock import Instant
from mockcloud.vocabulary.commands import Command
from mockcloud.vocabulary.findings import Finding
from mockcloud.vocabulary.ids import CallId, ConnectionId, Exchange, Ids, RequestId
from mockcloud.vocabulary.inputs import Headers, Input

__all__ = [
    "CallId",
    "Command",
    "ConnectionId",
    "Exchange",
    "Finding",
    "Headers",
    "Ids",
    "Input",
    "Machine",
    "RequestId",
]


class Machine(Protocol):
    """A part of the product that never touches a socket, a clock or chance: inputs in, commands out.

    ``now`` and deadlines are nanoseconds of a monotonic clock that belongs to the driver.
    """

    def receive(self, what: Input, now: Instant) -> list[Command]:
        """Take one input and return what is to be done, in this order."""

    def next_deadline(self) -> Instant | None:
        """When the machine wants to be woken by `Woke`, if at all."""
