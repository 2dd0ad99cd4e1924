from dataclasses import dataclass
from typing import ClassVar

from mockcloud.faults.effect import Act, BreakSignature, Effect, Progress, setting
from mockcloud.faults.points import On, Point
from mockcloud.faults.settings import choice
from mockcloud.settings import Breakage


@dataclass(frozen=True, slots=True)
class BadSignature(Effect):
    """The signature of the request to the extension is wrong; one that the scenario answers for answers 401."""

    name: ClassVar[str] = "bad_signature"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = {"extension": ("headers",)}
    hint: ClassVar[str] = "requests to extensions are signed: strike on extension"

    how: Breakage = setting(
        "garbled",
        choice(
            "what is wrong with it",
            *("missing", "garbled", "not-base64", "other-body", "other-key", "other-hash"),
            *("http-chain", "wrong-prefix", "wrong-name", "expired", "untrusted"),
        ),
    )

    def strike(self, progress: Progress) -> list[Act]:  # noqa: ARG002
        return [BreakSignature(self.how)]
