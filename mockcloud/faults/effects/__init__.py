"""Every effect, one a module, in the order in which they are listed: of transport, of the connection, of TLS,
of messages, of extensions."""

from mockcloud.faults.effect import Effect
from mockcloud.faults.effects.attachment_missing import AttachmentMissing
from mockcloud.faults.effects.attachment_order import AttachmentOrder
from mockcloud.faults.effects.bad_signature import BadSignature
from mockcloud.faults.effects.black_hole import BlackHole
from mockcloud.faults.effects.boundary import Boundary
from mockcloud.faults.effects.broken_mpeg import BrokenMpeg
from mockcloud.faults.effects.certificate_expired import CertificateExpired
from mockcloud.faults.effects.certificate_not_yet_valid import CertificateNotYetValid
from mockcloud.faults.effects.certificate_untrusted import CertificateUntrusted
from mockcloud.faults.effects.certificate_wrong_name import CertificateWrongName
from mockcloud.faults.effects.content_type import ContentType
from mockcloud.faults.effects.cut import Cut
from mockcloud.faults.effects.delay import Delay
from mockcloud.faults.effects.duplicate_directive import DuplicateDirective
from mockcloud.faults.effects.expire_token import ExpiredToken
from mockcloud.faults.effects.goaway import GoAwayFrame
from mockcloud.faults.effects.half_close import HalfClose
from mockcloud.faults.effects.invalid_directive import InvalidDirective
from mockcloud.faults.effects.invalid_frame import InvalidFrame
from mockcloud.faults.effects.malformed_json import MalformedJson
from mockcloud.faults.effects.refuse_connection import RefusedConnection
from mockcloud.faults.effects.refuse_refresh import RefuseRefresh
from mockcloud.faults.effects.reset_stream import ResetStream
from mockcloud.faults.effects.silence import Silence
from mockcloud.faults.effects.stale_dialog import StaleDialog
from mockcloud.faults.effects.stall import Stall
from mockcloud.faults.effects.starve import Starve
from mockcloud.faults.effects.status import Status
from mockcloud.faults.effects.system_exception import SystemException
from mockcloud.faults.effects.tcp_reset import TcpReset
from mockcloud.faults.effects.tls_alert import TlsAlert
from mockcloud.faults.effects.trickle import Trickle
from mockcloud.faults.effects.unknown_directive import UnknownDirective
from mockcloud.faults.effects.wrong_dialog import WrongDialog

EFFECTS: dict[str, type[Effect]] = {
    effect.name: effect
    for effect in (
        *(Status, SystemException, Delay, Stall, Trickle, Cut, ResetStream),
        *(GoAwayFrame, TcpReset, HalfClose, Silence, BlackHole, Starve, InvalidFrame),
        *(CertificateExpired, CertificateNotYetValid, CertificateWrongName, CertificateUntrusted, TlsAlert),
        *(ContentType, Boundary, MalformedJson, InvalidDirective, UnknownDirective, WrongDialog, StaleDialog),
        *(DuplicateDirective, AttachmentOrder, AttachmentMissing, BrokenMpeg, ExpiredToken, RefuseRefresh),
        *(RefusedConnection, BadSignature),
    )
}
