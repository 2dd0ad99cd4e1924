"""What is wrong with a message or a conversation, in a form that people and programs both read."""

from typing import Literal

from mockcloud.vocabulary.value import Value

Severity = Literal["violation", "warning"]


class Finding(Value, frozen=True):
    """One thing that breaks the specification (``violation``) or is tolerated by it (``warning``).

    ``code`` is stable (``event.payload.enum``), ``path`` is where it stands in the message
    (``event.payload.lang``), ``said`` is one line for people, ``because`` names the requirements it rests on.
    """

    code: str
    said: str
    path: str = ""
    because: tuple[str, ...] = ()
    severity: Severity = "violation"
    source: str = ""
    """Where the specification says so: ``cic/interfaces/clova.md § Hello directive``."""

    def as_json(self) -> dict[str, object]:
        return {
            "code": self.code,
            "path": self.path,
            "said": self.said,
            "severity": self.severity,
            "because": list(self.because),
            "source": self.source,
        }
