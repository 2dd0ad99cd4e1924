"""Valid payloads for every message: the same for the same seed, realistic enough to look at on a screen."""

import random
import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any
from urllib.parse import urldefrag, urljoin

from mockcloud.catalogue.explanation import Flaw
from mockcloud.catalogue.schemas import BASE, Schema, SchemaFiles

_CONDITIONS_TO_MEET = 8


class Maker:
    """Makes one payload. ``seed`` is any text; ``full`` asks for the optional fields too.

    ``flaws`` tells what is wrong with a value by the schema at a place.
    """

    def __init__(
        self, files: SchemaFiles, flaws: Callable[[Any, str], list[Flaw]], seed: str, full: bool, locale: str
    ) -> None:
        self.files = files
        self.flaws = flaws
        self.full = full
        self.locale = locale
        self.chance = random.Random(f"{seed}/{locale}")
        self._faker: Any = None

    def payload(self, schema: Schema) -> dict[str, Any]:
        if schema.get("x-example") == "template":
            schema = self.files.read(f"template/{self._scalar(schema['properties']['type'])}.json")
        made = self._object(schema, schema["$id"])
        # What hangs on conditions is put right by what the explanation says: added if missing, else taken out.
        for _ in range(_CONDITIONS_TO_MEET):
            flaws = self.flaws(made, schema["$id"].removeprefix(BASE))
            if not flaws:
                break
            worst = [flaw for flaw in flaws if flaw.severity == "violation"] or flaws
            for flaw in worst:
                self._mend(made, schema, flaw.path)
        return made

    def _mend(self, made: dict[str, Any], schema: Schema, path: tuple[str | int, ...]) -> None:
        parent: Any = made
        part, base = schema, schema["$id"]
        for step in path[:-1]:
            parent = parent[step]
            part, base = self._below(part, base, step)
        last = path[-1]
        if last in parent:
            parent.pop(last)
        else:
            part, base = self._resolved(part, base)
            parent[last] = self._value(part["properties"][last], base, parent)

    def _below(self, part: Schema, base: str, step: str | int) -> tuple[Schema, str]:
        part, base = self._resolved(part, base)
        return (part["items"] if isinstance(step, int) else part["properties"][step]), base

    def _resolved(self, part: Schema, base: str) -> tuple[Schema, str]:
        """The schema that a ``$ref`` points to, and the address from which its own references count."""
        while "$ref" in part:
            base, part = self._referred(part["$ref"], base)
        return part, base

    def _referred(self, reference: str, base: str) -> tuple[str, Schema]:
        address, fragment = urldefrag(urljoin(base, reference))
        part: Any = self.files.by_id(address)
        for step in fragment.split("/")[1:]:
            part = part[step]
        return address, part

    def _object(self, part: Schema, base: str) -> dict[str, Any]:
        part, base = self._resolved(part, base)
        fields = part.get("properties", {})
        wanted = [
            name
            for name, field in fields.items()
            if name in part.get("required", ()) or (self.full and not (field is False or field.get("deprecated")))
        ]
        made: dict[str, Any] = {}
        for name in wanted:
            made[name] = self._value(fields[name], base, made)
        return made

    def _value(self, field: Schema, base: str, siblings: dict[str, Any]) -> Any:
        if field.get("x-example") == "asset-ids":
            return [asset["assetId"] for asset in siblings.get("assets", ())]
        if field.get("x-example") == "repeat-days":
            weekly = siblings["repeatPeriod"]["value"] == "weekly"
            return deepcopy(self.chance.choice([days for days in field["examples"] if bool(days) == weekly]))
        outer = field
        field, base = self._resolved(field, base)
        if "listed" in (outer.get("x-example"), field.get("x-example")):
            return self._scalar({**field, **outer})
        if "properties" in field and field.get("type") == "object" and "if" not in field:
            return self._object(field, base)
        if field.get("type") == "array" and isinstance(field["items"], dict):
            return self._list(field, base)
        return self._scalar({**field, **outer})

    def _list(self, field: Schema, base: str) -> list[Any]:
        items, items_base = self._resolved(field["items"], base)
        if field.get("maxItems") == 0 or "properties" not in items:
            return deepcopy(list(self.chance.choice(field["examples"])))
        if [] in field["examples"] and not self.full:
            return []
        return [self._value(items, items_base, {}) if items.get("x-example") else self._object(items, items_base)]

    def _scalar(self, field: Schema) -> Any:
        make = _FAKED.get(field.get("x-example", ""))
        if make is not None:
            return make(self)
        return deepcopy(self.chance.choice(self._in_language(field["examples"])))

    def _in_language(self, values: list[Any]) -> list[Any]:
        """Of texts in several languages, or what contains them, those of the locale, else all."""
        script = _SCRIPTS.get(self.locale[:2])
        return [value for value in values if script and script.search(str(value))] or values

    @property
    def faker(self) -> Any:
        if self._faker is None:
            from faker import Faker

            self._faker = Faker(self.locale)
            self._faker.seed_instance(self.chance.getrandbits(64))
        return self._faker

    def uuid(self) -> str:
        digits = f"{self.chance.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


_SCRIPTS = {"ko": re.compile("[가-힣]"), "ja": re.compile("[ぁ-んァ-ヶ]")}
_FAKED: dict[str, Callable[[Maker], str]] = {
    "uuid": Maker.uuid,
    "person": lambda maker: str(maker.faker.name()),
}
