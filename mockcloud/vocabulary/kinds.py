"""The kinds of messages: what a schema describes, and how the codes of findings begin."""

from typing import Literal, get_args

Kind = Literal[
    "event",
    "directive",
    "context",
    "error",
    "template",
    "cek-request",
    "cek-response",
    "home-request",
    "home-response",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
