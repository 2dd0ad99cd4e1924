"""Whose certificates a command uses: the user's own authority, kept once, or another folder's."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mockcloud.settings import Settings

if TYPE_CHECKING:
    from mockcloud.server.certificates import CertificateAuthority
    from mockcloud.server.cloud import Tls


def user_folder(environ: Mapping[str, str], platform: str = sys.platform) -> Path:
    """Where the user's own authority is kept: made once, so that a device has to trust it once."""
    home = Path(environ.get("HOME") or environ.get("USERPROFILE") or Path.home())
    if platform == "darwin":
        data = home / "Library" / "Application Support"
    elif platform == "win32":
        data = Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    else:
        data = Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return data / "mockcloud" / "certs"


def certs_folder(settings: Settings) -> Path:
    return Path(settings.certs).expanduser() if settings.certs else user_folder(os.environ)


def kept(settings: Settings) -> "CertificateAuthority":
    """The authority of the settings' folder, made if there is none. Raises `CannotStart`."""
    from mockcloud.server.certificates import CertificateAuthority

    return CertificateAuthority.kept(certs_folder(settings).absolute(), settings.key_type)


def device_tls(settings: Settings, authority: "CertificateAuthority") -> "Tls":
    """TLS of the device listener, for every name that devices may reach it by."""
    from mockcloud.server.certificates import default_names
    from mockcloud.server.cloud import Tls

    names = [*settings.san]
    if settings.host not in ("0.0.0.0", "::", ""):
        names.append(settings.host)
    if settings.public_url and (host := urlsplit(settings.public_url).hostname):
        names.append(host)
    keylog = Path(settings.keylog) if settings.keylog else None
    return Tls.of(authority, default_names(*names), keylog)
