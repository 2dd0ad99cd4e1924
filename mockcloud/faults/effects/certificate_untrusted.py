from dataclasses import dataclass
from typing import ClassVar, Literal

from mockcloud.faults.effect import AT_TLS, Act, Effect, Progress, setting
from mockcloud.faults.points import On, Point
from mockcloud.faults.settings import choice
from mockcloud.vocabulary.commands import Certificate, PresentCertificate


@dataclass(frozen=True, slots=True)
class CertificateUntrusted(Effect):
    """The certificate is signed by an authority that nobody trusts, or by itself."""

    name: ClassVar[str] = "certificate_untrusted"
    legal: ClassVar[dict[On, tuple[Point, ...]]] = AT_TLS
    hint: ClassVar[str] = "certificates are shown in the TLS handshake: strike connect at tls"
    needs_socket: ClassVar[bool] = True

    by: Literal["stranger", "itself"] = setting("stranger", choice("who has signed it", "stranger", "itself"))

    def strike(self, progress: Progress) -> list[Act]:
        return [PresentCertificate(progress.ex.conn, Certificate(signed_by=self.by))]
