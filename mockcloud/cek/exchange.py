"""One HTTP exchange with a server of somebody else's, as values: the job of a `StartCall`, and its outcome."""

from mockcloud.cek.signing import Signing
from mockcloud.vocabulary.inputs import Headers
from mockcloud.vocabulary.value import Value


class PostToExtension(Value, frozen=True):
    """A job for `StartCall`: POST these bytes. Its value is `HttpAnswer`, or a `Failure` (``connect``, ``tls``,
    ``timeout``, ``too_large``, ``status`` if there are only interim ones); the call itself never ends with an error.

    How long it may take is ``StartCall.patience`` (K-131). Redirects are not followed, no cookies are kept (K-100).
    Token endpoints of account linking are called the same way, unsigned.
    """

    url: str
    """Absolute, ``http`` or ``https``."""
    headers: Headers
    """As they are to be sent, without Host, Content-Length and the signature (`requests.HTTP_HEADERS`)."""
    body: bytes
    """The very bytes that are signed, sent and journalled (`requests.body_of`)."""
    size_limit: int
    """Bytes of the answer's body, as they come, that are read; more is ``too_large``."""
    signing: Signing | None = None
    """How it is signed; ``None``: not at all. Whoever performs the job has the key."""
    trust: str = ""
    """File with the certificates (PEM) of further authorities to trust; those of the system are trusted too."""
    verify: bool = True
    """Whether the server's certificate is looked at."""


class ReadPublicKey(Value, frozen=True):
    """A job for `StartCall`: the public key that requests are signed with. Its value is PEM."""


DriverJob = PostToExtension | ReadPublicKey
"""Jobs for `StartCall` that take what only a driver has: connections, and the key. `mockcloud.server.driver` and
`mockcloud.replay.simulation` do them; every other one is a `mockcloud.vocabulary.commands.Job`."""


class HttpAnswer(Value, frozen=True):
    """What came back, whatever it is; `answers.read_answer` makes sense of it."""

    status: int
    headers: Headers
    """Names in lower case."""
    body: bytes
    """As it came: perhaps compressed."""
    sent: Headers = ()
    """All headers of the request as they went out, the signature among them."""
    url: str = ""
    """Where the request went; empty if it went nowhere, since a scenario has answered it."""

    def header(self, name: str) -> str:
        """The first header of that (lower-case) name; empty if there is none."""
        return next((value for key, value in self.headers if key == name), "")
