from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from mockcloud.faults.effect import AT_TLS, Act, Effect, Progress, setting
from mockcloud.faults.points import On, Point
from mockcloud.faults.settings import day
from mockcloud.vocabulary.commands import Certificate, PresentCertificate


@dataclass(frozen=True, slots=True)
class CertificateExpired(Effect):
    """The certificate is no longer valid; all else about it is right."""

    name: ClassVar[str] = "certificate_expired"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = AT_TLS
    hint: ClassVar[str] = "certificates are shown in the TLS handshake: strike connect at tls"
    needs_socket: ClassVar[bool] = True

    until: date = setting(date(2020, 1, 1), day("the end of its validity, at 0:00 UTC"))

    def strike(self, progress: Progress) -> list[Act]:
        return [PresentCertificate(progress.ex.conn, Certificate(until=self.until))]
