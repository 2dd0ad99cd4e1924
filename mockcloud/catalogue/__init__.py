"""What a message has to look like: the schemas of every message, in both editions, and how to judge by them.

`Catalogue` is the way in. Its checks return findings, an empty list meaning that nothing is wrong; a good message
costs microseconds, since only what is not good is explained.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from mockcloud.catalogue import cek
from mockcloud.catalogue.context import EXPECTED_CONTEXTS, missing_context
from mockcloud.catalogue.parts import Parts, in_order
from mockcloud.catalogue.schemas import Schema, SchemaFiles
from mockcloud.catalogue.whole import WholeMessages
from mockcloud.data import data_dir
from mockcloud.settings import EDITIONS, Edition
from mockcloud.vocabulary import Finding
from mockcloud.vocabulary.kinds import Kind

__all__ = ["EDITIONS", "Catalogue", "Edition", "Kind"]


class Catalogue:
    """The messages of the specification. Make one with `load`; it may be shared by all who judge messages."""

    def __init__(self, files: SchemaFiles) -> None:
        self.files = files
        self._parts = Parts(files)
        self._whole = WholeMessages(self._parts)

    @classmethod
    def load(cls, folder: Path | None = None, extra: Sequence[Path] = ()) -> "Catalogue":
        """The catalogue of a folder (default: the bundled one) and of further folders of the same layout.

        Reads file names only; a file is read and compiled when a message first needs it.
        """
        return cls(SchemaFiles([folder or data_dir("schemas"), *extra]))

    def names(self, kind: Kind, edition: Edition = "newer") -> list[str]:
        """The full names (``Clova.Hello``) of all messages of a kind, sorted; alternative spellings included."""
        return self._parts.names(kind, edition)

    def knows(self, kind: Kind, name: str, edition: Edition = "newer") -> bool:
        return self._parts.knows(kind, name, edition)

    def schema(self, kind: Kind, name: str, edition: Edition = "newer") -> Schema | None:
        """The schema of a message's payload, as it stands in its file, or `None` for an unknown name."""
        schema_file = self.files.place_of(kind, name, edition)
        return self.files.read(schema_file) if schema_file else None

    def nearest(self, kind: Kind, name: str, edition: Edition = "newer") -> str | None:
        """The message that was probably meant by an unknown name."""
        return self._parts.nearest(kind, name, edition)

    # Whole messages

    def check_event(self, message: Any, edition: Edition = "newer") -> list[Finding]:
        """Judge ``{"context": [...], "event": {"header", "payload"}}``: envelope, payload, each context object."""
        return self._whole.event(message, edition)

    def check_directive(self, message: Any, edition: Edition = "newer") -> list[Finding]:
        """Judge ``{"directive": {"header", "payload"}}``."""
        return self._whole.directive(message, edition)

    def check_context(self, item: Any, edition: Edition = "newer") -> list[Finding]:
        """Judge one context object, ``{"header": {"namespace", "name"}, "payload": {...}}``."""
        return in_order(item, self._parts.context_object(item, edition, (), "violation"))

    def check_error(self, message: Any, edition: Edition = "newer") -> list[Finding]:
        """Judge the body of a failed request: with the outer ``directive`` in the newer edition, without in 4.4."""
        return self._whole.error(message, edition)

    def check_cek_request(self, message: Any, edition: Edition = "newer") -> list[Finding]:
        """Judge what the cloud asks a custom extension: ``{"version", "session", "context", "request"}``.

        Of an EventRequest the event's payload too, as far as it is there: it may be a part of what the device sent.
        """
        return cek.check_request(self._parts, message, edition)

    def check_cek_response(self, message: Any, edition: Edition = "newer") -> list[Finding]:
        """Judge what a custom extension answers, with the template that its card is and the payloads of its
        directives: ``{"version", "sessionAttributes", "response"}``.
        """
        return cek.check_response(self._parts, message, edition)

    def check_home_request(self, message: Any, edition: Edition = "newer") -> list[Finding]:
        """Judge what the cloud asks a home extension: ``{"header", "payload"}``."""
        return self._whole.home("home-request", message, edition)

    def check_home_response(self, message: Any, edition: Edition = "newer") -> list[Finding]:
        """Judge what a home extension answers: ``{"header", "payload"}``; whether it answers what was asked is not
        looked at.
        """
        return self._whole.home("home-response", message, edition)

    # Parts of messages

    def check_payload(self, kind: Kind, full_name: str, payload: Any, edition: Edition = "newer") -> list[Finding]:
        """Judge what a message says, without its envelope; paths begin with ``payload`` where there would be one.

        Of kinds without an envelope (``template``, bodies of CEK) the whole. An unknown name is a finding.
        """
        if not self.knows(kind, full_name, edition):
            return [self._parts.unknown(kind, full_name, edition, ())]
        return [finding for _, finding in self._parts.payload(kind, full_name, payload, edition)]

    def check_template(self, template: Any, edition: Edition = "newer") -> list[Finding]:
        """Judge a content template as it stands; its own ``type`` says which of the 23 it is (C-177)."""
        name = template.get("type") if isinstance(template, dict) else None
        if not isinstance(name, str):
            return [finding for _, finding in self._parts.envelope("template", template, edition)]
        if not self.knows("template", name, edition):
            return [self._parts.unknown("template", name, edition, ("type",))]
        return self.check_payload("template", name, template, edition)

    complete_context: tuple[str, ...] = tuple(EXPECTED_CONTEXTS)
    """The full names of the objects that every event should carry (D-041)."""

    def missing_context(self, there: Iterable[str]) -> tuple[Finding, ...]:
        """What an event's context, given by the full names of its objects, lacks of the eight that every event
        should carry (D-041): a violation for what a device must know, a warning for what it may not know.
        """
        return missing_context(frozenset(there))

    def example(
        self,
        kind: Kind,
        full_name: str,
        *,
        edition: Edition = "newer",
        seed: int | str = 0,
        full: bool = False,
        locale: str = "ko_KR",
    ) -> dict[str, Any]:
        """A valid payload: the same for the same arguments. ``full`` brings what is optional too.

        Raises `KeyError` for an unknown name.
        """
        from mockcloud.catalogue.examples import Maker

        schema = self.schema(kind, full_name, edition)
        if schema is None:
            raise KeyError(full_name)
        maker = Maker(self.files, self._parts.flaws, f"{kind}/{full_name}/{seed}", full, locale)
        return maker.payload(schema)

    def shared(self, name: str) -> Schema:
        """The schema of an object that several messages use, by its place (``home/PermittedActions``).

        Raises `KeyError` when there is none.
        """
        return self.files.read(f"shared/{name}.json")
