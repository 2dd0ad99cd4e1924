from dataclasses import dataclass
from typing import ClassVar

from mockcloud.faults.effect import AT_TLS, Act, Effect, Progress, setting
from mockcloud.faults.points import On, Point
from mockcloud.faults.settings import TLS_ALERTS, alert
from mockcloud.vocabulary.commands import EndHandshake


@dataclass(frozen=True, slots=True)
class TlsAlert(Effect):
    """The TLS handshake is refused with a fatal alert."""

    name: ClassVar[str] = "tls_alert"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = AT_TLS
    hint: ClassVar[str] = "alerts end the TLS handshake: strike connect at tls"
    needs_socket: ClassVar[bool] = True

    alert: int = setting(TLS_ALERTS["handshake_failure"], alert("the alert"))

    def strike(self, progress: Progress) -> list[Act]:
        progress.is_over = True
        return [EndHandshake(progress.ex.conn, self.alert)]
