from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from mockcloud.faults.effect import AT_TLS, Act, Effect, Progress, setting
from mockcloud.faults.points import On, Point
from mockcloud.faults.settings import day
from mockcloud.vocabulary.commands import Certificate, PresentCertificate


@dataclass(frozen=True, slots=True)
class CertificateNotYetValid(Effect):
    """The certificate will only be valid later, as it is for a device whose clock has not been set."""

    name: ClassVar[str] = "certificate_not_yet_valid"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = AT_TLS
    hint: ClassVar[str] = "certificates are shown in the TLS handshake: strike connect at tls"
    needs_socket: ClassVar[bool] = True

    since: date = setting(date(2037, 1, 1), day("the begin of its validity, at 0:00 UTC"))

    def strike(self, progress: Progress) -> list[Act]:
        return [PresentCertificate(progress.ex.conn, Certificate(since=self.since))]
