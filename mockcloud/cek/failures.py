"""The ways in which an extension fails to answer (K-130..K-133), and what its user is told then."""

from typing import Literal

from msgspec.structs import replace

from mockcloud.settings import Lang
from mockcloud.vocabulary.findings import Finding
from mockcloud.vocabulary.value import Value

FailureClass = Literal["connect", "tls", "timeout", "status", "content_type", "encoding", "json", "schema", "too_large"]
"""What is not there, in the order in which it is needed (K-131):

    connect       nobody listens, the name is unknown, or the connection broke before the answer was whole
    tls           the certificate is not trusted, or what listens does not speak TLS
    timeout       no whole answer within the patience
    too_large     more bytes than the limit
    status        not 200
    content_type  no JSON, and said to be something else
    encoding      not UTF-8, or compressed in a way that cannot be undone
    json          no JSON
    schema        JSON in which nothing of an answer can be made out
"""


class Failure(Value, frozen=True):
    """Why there is no answer that could be carried out."""

    kind: FailureClass
    said: str
    """For people: what happened, and what to do about it."""
    path: str = ""
    """Where in the answer, if it is a message (``response.outputSpeech``)."""

    @property
    def finding(self) -> Finding:
        """The same as a finding, as the journal has it: a violation of the extension's."""
        return replace(_FINDINGS[self.kind], said=self.said, path=self.path)


def prepared_message(lang: Lang) -> str:
    """What the user hears and sees instead of an answer, whatever the class of the failure (K-132)."""
    return _PREPARED[lang]


_PREPARED: dict[Lang, str] = {
    "ko": "죄송해요. 지금은 서비스를 이용할 수 없어요. 잠시 후 다시 시도해 주세요.",
    "ja": "申し訳ありません。ただいまサービスをご利用いただけません。しばらくしてからもう一度お試しください。",
    "en": "Sorry, the service is not available right now. Please try again later.",
}
_BECAUSE = ("K-131",)
_OF_HTTP = ("K-131", "K-093")
_SOURCE = "cek/http-message.md § HTTP 헤더"
_FINDINGS: dict[FailureClass, Finding] = {
    "connect": Finding("extension.connect", "", "", _BECAUSE),
    "tls": Finding("extension.tls", "", "", ("K-131", "K-130")),
    "timeout": Finding("extension.timeout", "", "", _BECAUSE),
    "too_large": Finding("extension.too-large", "", "", _BECAUSE),
    "status": Finding("extension.status", "", "", _OF_HTTP, source=_SOURCE),
    "content_type": Finding("extension.content-type", "", "", _OF_HTTP, source=_SOURCE),
    "encoding": Finding("extension.encoding", "", "", _OF_HTTP, source=_SOURCE),
    "json": Finding("extension.json", "", "", _OF_HTTP, source=_SOURCE),
    "schema": Finding("extension.schema", "", "", ("K-131", "K-101")),
}
