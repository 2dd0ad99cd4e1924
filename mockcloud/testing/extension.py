"""An extension under test: registered in the account of a cloud, its requests on record."""

import inspect
import traceback
from collections.abc import Awaitable, Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mockcloud.errors import MockcloudError
from mockcloud.testing.message import Message

Journal = Callable[..., Awaitable[list[Message]]]
"""`AsyncCloud.journal`."""

_KINDS = {"intent": "intents", "slottype": "slot_types"}
_hosts = count(1)


class AsyncExtension:
    """`AsyncCloud.extension` makes it; it goes with its account."""

    def __init__(self, journal: Journal, id_: str, url: str, described: Mapping[str, Any]) -> None:
        self.id = id_
        self.url = url
        self.described = described
        """What the control API answered: the registration, and the report of its build."""
        self._journal = journal

    async def requests(self, /, **match: Any) -> list[Mapping[str, Any]]:
        """The requests it got so far, oldest first, as they were sent. ``match`` narrows them: ``device="speaker"``,
        ``request="LaunchRequest"``, ``intent="OrderPizza"``, ``slots={"pizzaType": "치즈"}``."""
        pattern = {"kind": "cek-request", "extension": self.id, **match}
        return [message.entry["message"] for message in await self._journal(**pattern)]

    async def answers(self, /, **match: Any) -> list[Mapping[str, Any]]:
        """What it answered, likewise; of an answer that was no JSON the text."""
        pattern = {"kind": "cek-response", "extension": self.id, **match}
        return [message.entry["message"] for message in await self._journal(**pattern)]


def address(app: Callable[..., Any] | None, url: str) -> tuple[str, str]:
    """Where an application stands in for the network, and the URL that is registered.

    Raises `MockcloudError` if there is neither an application nor a URL, or both.
    """
    parts = urlsplit(url)
    if app is None:
        if not parts.scheme:
            raise MockcloudError("an extension needs a server: give its url (http://127.0.0.1:5000/clova), or an app")
        return "", url
    if parts.scheme:
        raise MockcloudError(f"an app needs no server: of the url write the path alone ({parts.path or '/'!r})")
    base = f"http://extension-{next(_hosts)}.localhost"
    return base, f"{base}/{url.lstrip('/')}"


def watch(app: Callable[..., Any], raised: Callable[[str], None]) -> Callable[..., Any]:
    """The same ASGI or WSGI application; of what it raises somebody is told the traceback."""

    def tell(error: Exception) -> None:
        frames = error.__traceback__ and error.__traceback__.tb_next  # without this one
        raised(f"the extension's app: {''.join(traceback.format_exception(type(error), error, frames)).rstrip()}")

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        except Exception as error:
            tell(error)
            raise

    def wsgi(environ: Any, start_response: Any) -> Any:
        try:
            return app(environ, start_response)
        except Exception as error:
            tell(error)
            raise

    is_asgi = inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(type(app).__call__)
    return asgi if is_asgi else wsgi


def model_of(model: Mapping[str, Any] | str | Path, lang: str) -> dict[str, Any]:
    """A model as it is registered: of a folder with the console's TSV files, or of texts and files by name."""
    if isinstance(model, Mapping):
        return {kind: {name: {"tsv": _text(one, lang)} for name, one in files.items()} for kind, files in model.items()}
    from mockcloud.nlu.tsv import file_name

    found: dict[str, Any] = {"intents": {}, "slot_types": {}}
    for file in sorted(Path(model).glob("*.tsv")):
        name = file_name(file.name)
        if name is None:
            said = "is not called as the console calls it: ID_intent_NAME.tsv or ID_slottype_NAME.tsv"
            raise MockcloudError(f"{file} {said}")
        found[_KINDS[name.kind]][name.name] = {"tsv": _text(file, lang)}
    if not found["intents"]:
        raise MockcloudError(f"{model} has no ID_intent_NAME.tsv")
    return found


def _text(one: Any, lang: str) -> str:
    from mockcloud.nlu.tsv import decoded

    if isinstance(one, Mapping):
        one = one["tsv"]
    return decoded(one.read_bytes(), lang) if isinstance(one, Path) else str(one)
