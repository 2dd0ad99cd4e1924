"""Every code that a finding can have: what it means and what to do about it. The reference pages are made of this.

A code is exact (``request.part.order``), or a pattern for what can be wrong in many places:

    {kind}      a kind of message: event, directive, context, error, template, cek-request, cek-response, ...
    {place}     a kind, and the part of the message if it has parts: event.header, event.payload, template,
                cek-response.response.card

A code keeps its meaning (CONTRIBUTING.md § What is versioned).
"""

import difflib
from collections.abc import Iterable

from mockcloud.vocabulary.codes.body import AUDIO, FRAMING
from mockcloud.vocabulary.codes.code import FindingCode
from mockcloud.vocabulary.codes.extensions import EXTENSIONS
from mockcloud.vocabulary.codes.messages import ANY_MESSAGE, ONE_MESSAGE, TOLERATED
from mockcloud.vocabulary.codes.order import ORDER
from mockcloud.vocabulary.codes.requests import REQUESTS
from mockcloud.vocabulary.codes.scenario import SCENARIO

__all__ = ["ALL", "CODES", "FindingCode", "allowed", "registered"]

ALL = "*"
"""Allows every violation."""


def registered(code: str) -> FindingCode | None:
    """What is known of a finding's code. An exact entry goes before a pattern, and ``{kind}`` before ``{place}``."""
    found = [one for one in CODES if one.covers(code)]
    return min(found, key=lambda one: ("{place}" in one.code, "{kind}" in one.code), default=None)


def allowed(codes: Iterable[str]) -> frozenset[str]:
    """The codes of violations that are to fail nothing; ``*`` is all of them.

    Raises `ValueError` for a code that no finding can have: such a slip would let a wrong message through, or none.
    """
    codes = frozenset([codes] if isinstance(codes, str) else codes)
    for code in sorted(codes - {ALL}):
        if registered(code) is None:
            near = difflib.get_close_matches(code, [one.code for one in CODES], 1)
            hint = f"did you mean {near[0]!r}?" if near else "the page of findings lists them"
            raise ValueError(f"no finding has the code {code!r}; {hint}")
    return codes


def _sorted(codes: Iterable[FindingCode]) -> tuple[FindingCode, ...]:
    return tuple(sorted(codes, key=lambda one: ("{" in one.code, one.code)))


CODES = _sorted((*EXTENSIONS, *SCENARIO, *REQUESTS, *FRAMING, *AUDIO, *ONE_MESSAGE, *ORDER, *ANY_MESSAGE, *TOLERATED))
