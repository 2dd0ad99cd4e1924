from dataclasses import dataclass
from typing import ClassVar

from mockcloud.faults.effect import AT_TLS, Act, Effect, Progress, setting
from mockcloud.faults.points import On, Point
from mockcloud.faults.settings import host
from mockcloud.vocabulary.commands import Certificate, PresentCertificate


@dataclass(frozen=True, slots=True)
class CertificateWrongName(Effect):
    """The certificate is another host's; all else about it is right."""

    name: ClassVar[str] = "certificate_wrong_name"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = AT_TLS
    hint: ClassVar[str] = "certificates are shown in the TLS handshake: strike connect at tls"
    needs_socket: ClassVar[bool] = True

    host: str = setting("elsewhere.example", host("the one name that it is for"))

    def strike(self, progress: Progress) -> list[Act]:
        return [PresentCertificate(progress.ex.conn, Certificate(names=(self.host,)))]
