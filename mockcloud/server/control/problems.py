"""Errors of the control API: problem details (RFC 9457) that say what was wrong and what to do about it."""

import difflib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from mockcloud.cic.machine import CIC_PATHS
from mockcloud.cic.operations import Outcome, problem

MEDIA_TYPE = "application/problem+json"

_OF_THE_DEVICE_LISTENER = (*CIC_PATHS, "/authorize", "/token", "/terms")


class Refusal(Exception):
    """A request that is not carried out: its `Outcome`, and header fields that go with it."""

    def __init__(self, outcome: Outcome, headers: Mapping[str, str] | None = None) -> None:
        self.outcome = outcome
        self.headers = dict(headers or {})
        super().__init__(outcome.body["detail"])


def refusal(status: int, title: str, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> Refusal:
    return Refusal(problem(status, title, detail, **more), headers)


def dumps(value: Any) -> bytes:
    """JSON in UTF-8, unescaped but for lone surrogates, which UTF-8 cannot say."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


def no_such_path(path: str, calls: Iterable[tuple[str, str]]) -> Refusal:
    """404, with the nearest of the calls (method, path with variables in braces)."""
    if path in _OF_THE_DEVICE_LISTENER:
        detail = f"this is the control listener; {path} is a path of the device listener"
        return refusal(404, "No such path", f"{detail} (device_url in GET /v1/accounts)")
    near = _nearest(path, calls)
    hint = f"did you mean {' or '.join(near[0])}?" if near else "GET /openapi.json lists all calls"
    return refusal(
        404, "No such path", f"there is nothing at {path}; {hint}", near=[call for one in near for call in one]
    )


def _nearest(path: str, calls: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Calls whose paths are near, nearest first, those of one path together."""
    filled: dict[str, list[str]] = {}
    for method, template in calls:
        filled.setdefault(_fill(template, path), []).append(f"{method} {template}")
    return [filled[found] for found in difflib.get_close_matches(path, filled, 3, cutoff=0.75)]


def _fill(template: str, path: str) -> str:
    """The template with its variables as the path has them: they are no difference."""
    segments = path.split("/")
    return "/".join(
        segments[place] if part.startswith("{") and place < len(segments) else part
        for place, part in enumerate(template.split("/"))
    )


def wrong_method(method: str, path: str, allowed: Iterable[str]) -> Refusal:
    allow = ", ".join(sorted(allowed))
    return refusal(405, "Wrong method", f"{method} is not for {path}; it takes {allow}", headers={"Allow": allow})
