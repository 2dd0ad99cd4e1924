"""The body of an event request: from bytes to the metadata's JSON and the audio (C-036, C-048, C-049, C-058)."""

from collections.abc import Iterable, Iterator

from mockcloud.settings import Limits
from mockcloud.speech.pcm import check_upload
from mockcloud.vocabulary import Finding
from mockcloud.vocabulary.value import Value
from mockcloud.wire.multipart import MultipartDecoder, MultipartError, PartData, PartEnded, PartEvent, PartStarted

_HEAD = 8
"""Bytes of audio that are kept to recognise file headers."""


class Metadata(Value, frozen=True):
    """The metadata part is complete."""

    raw: bytes


class Audio(Value, frozen=True):
    """Some of the audio part, cut anywhere."""

    data: bytes


class Unusable(Value, frozen=True):
    """The body cannot be read on; nothing comes after this."""

    said: str
    because: tuple[str, ...]
    code: str = ""
    """Of the finding, if it breaks the specification and not just a limit of ours."""


Taken = Metadata | Audio | Unusable


class EventRequest:
    """One body as it arrives. What is wrong with its form, but can be read all the same, goes to ``findings``."""

    __slots__ = (
        "_decoder",
        "_findings",
        "_has_metadata",
        "_head",
        "_limits",
        "_metadata",
        "_part",
        "_received",
        "audio",
    )

    def __init__(self, boundary: str, limits: Limits, findings: list[Finding]) -> None:
        self.audio = 0
        """Bytes of audio so far."""
        self._decoder = MultipartDecoder(boundary)
        self._limits = limits
        self._findings = findings
        self._received = 0
        self._part = ""
        self._metadata = bytearray()
        self._has_metadata = False
        self._head = b""

    def feed(self, data: bytes) -> Iterator[Taken]:
        """What some bytes complete. Ends after `Unusable`."""
        self._received += len(data)
        if self._received > self._limits.body:
            yield Unusable(f"the request is larger than {self._limits.body} bytes", ("C-036",))
        else:
            yield from self._decoded(data)

    def finish(self) -> Iterator[Taken]:
        """What the end of the body completes. Ends after `Unusable`."""
        yield from self._decoded(None)

    def judge_whole(self) -> None:
        """Report what can be judged only when all has come: framing and audio."""
        for remark in self._decoder.remarks:
            self._report(remark, remark.partition(".")[2].replace("-", " "), ("C-058",))
        if self.audio:
            self._findings += check_upload(self._head, self.audio)

    def _decoded(self, data: bytes | None) -> Iterator[Taken]:
        try:
            events = self._decoder.finish() if data is None else self._decoder.feed(data)
        except MultipartError as error:
            yield from self._taken(error.events)
            said = f"Could not decode multipart: {error}"
            yield Unusable(said, ("C-036", "C-048", "D-035"), "request.multipart")
        else:
            yield from self._taken(events)

    def _taken(self, events: Iterable[PartEvent]) -> Iterator[Taken]:
        for event in events:
            if isinstance(event, PartData):
                if self._part == "audio":
                    yield self._heard(event.data)
                elif self._part == "metadata":
                    self._metadata += event.data
                    if len(self._metadata) > self._limits.json:
                        yield Unusable(f"the metadata part is larger than {self._limits.json} bytes", ("C-036",))
                        return
            elif isinstance(event, PartStarted):
                self._part = self._kind_of(event)
            elif isinstance(event, PartEnded):
                if self._part == "metadata":
                    self._has_metadata = True
                    yield Metadata(bytes(self._metadata))
                    self._metadata = bytearray()
                self._part = ""

    def _heard(self, data: bytes) -> Audio:
        if len(self._head) < _HEAD:
            self._head += data[: _HEAD - len(self._head)]
        self.audio += len(data)
        return Audio(data)

    def _kind_of(self, part: PartStarted) -> str:
        """By its name, or, if that says nothing, by where it stands and what it holds."""
        name, first = part.name, not self._has_metadata
        if name == "metadata" and not first:
            self._report(
                "request.part.repeated", "there is one metadata part, the first; this one is ignored", ("C-049",)
            )
            return "other"
        if name == "metadata" or (first and name != "audio" and part.content_type != "audio/l16"):
            if name != "metadata":
                self._report("request.part.name", 'the first part is to be named "metadata"', ("C-049", "D-036"))
            if part.content_type != "application/json":
                self._report("request.part.content-type", "metadata is application/json", ("C-049", "D-036"))
            return "metadata"
        if name == "audio" or part.content_type == "application/octet-stream":
            if first:
                self._report("request.part.order", "audio before the metadata part is ignored", ("C-049", "D-036"))
                return "other"
            return "audio"
        self._report("request.part.unknown", f"a part named {name!r} means nothing here", ("C-049",))
        return "other"

    def _report(self, code: str, said: str, because: tuple[str, ...]) -> None:
        self._findings.append(Finding(code, said, because=because))
