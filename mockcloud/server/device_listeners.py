"""The listeners that devices connect to: the one that all accounts share, and those of single accounts."""

import asyncio
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from mockcloud.cloud.accounts import SHARED_LISTENER
from mockcloud.server.certificates import CertificateAuthority
from mockcloud.server.driver import Driver
from mockcloud.server.listener import Listener
from mockcloud.server.tasks import Application
from mockcloud.settings import Settings
from mockcloud.vocabulary.commands import Certificate
from mockcloud.vocabulary.value import Value


class Tls(Value, frozen=True):
    """TLS of device listeners: whose certificates, for which names. Use `of`."""

    context: ssl.SSLContext
    """Of the shared listener."""
    ca_file: Path
    """Of the authority that devices are to trust."""
    authority: CertificateAuthority
    names: tuple[str, ...]
    keylog: Path | None = None

    @classmethod
    def of(cls, authority: CertificateAuthority, names: Sequence[str], keylog: Path | None = None) -> Self:
        """Certificates of this authority for these names; ``keylog`` gets the secrets of all connections.

        Raises as `CertificateAuthority.server_context` does.
        """
        return cls(authority.server_context(names, keylog=keylog), authority.ca_file, authority, tuple(names), keylog)

    def context_for(self, other: Certificate) -> ssl.SSLContext:
        """A context whose certificate differs so from the shared listener's; by nothing, it is a new one."""
        return self.authority.server_context(self.names, keylog=self.keylog, other=other)


class DeviceListeners:
    """Listeners of one application, whose connections the driver is told of from their first byte on."""

    def __init__(self, app: Application, driver: Driver, settings: Settings, tls: Tls | None) -> None:
        self._app = app
        self._driver = driver
        self._settings = settings
        self._tls = tls
        self._own: dict[str, Listener] = {}

    def listener(self, port: int, name: str = SHARED_LISTENER) -> Listener:
        """One that listens and does not accept yet; port 0 takes a free one. Raises `CannotStart`."""
        tls, is_shared = self._tls, name == SHARED_LISTENER
        context = None
        if tls is not None:
            context = tls.context if is_shared else tls.context_for(Certificate())
        return Listener(
            self._app,
            self._driver,
            host=self._settings.host,
            port=port,
            ssl_context=context,
            name=name,
            header_limit=self._settings.limits.header_block,
            lifespan=is_shared,
            arrivals=self._driver,
            context_for=tls.context_for if tls is not None else None,
        )

    def url(self, listener: Listener) -> str:
        """Where a program on this machine reaches it."""
        return url("https" if self._tls else "http", self._settings.host, listener.port)

    def open(self, name: str) -> str:
        """An account's own listener, accepting on a free port; returns its URL. Raises `CannotStart`."""
        listener = self._own[name] = self.listener(0, name)
        listener.accept()
        return self.url(listener)

    async def close(self, name: str) -> None:
        """Returns when nobody can connect any more and all its connections are over."""
        await self._own.pop(name).stop()

    async def stop(self) -> None:
        """Close all that accounts have of their own."""
        await asyncio.gather(*(self.close(name) for name in list(self._own)))


def url(scheme: str, host: str, port: int) -> str:
    """Where a program on this machine reaches a listener; one on all addresses is reached on the loopback."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(host) or (f"[{host}]" if ":" in host else host)
    return f"{scheme}://{name}:{port}"
