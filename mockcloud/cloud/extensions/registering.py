"""Registering an extension: the rules of the developers' console, and the extension that comes of it (K-001..K-045).

What the console would refuse is a `Mistake`; what a reviewer would (`review`) is a warning of the extension.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from mockcloud.cloud.extensions import review
from mockcloud.cloud.extensions.building import console_name, members
from mockcloud.cloud.extensions.extension import Extension, Linking, ModelSource
from mockcloud.cloud.extensions.registration import SCHEMA, Mistake, Refused
from mockcloud.errors import Problem
from mockcloud.settings import Edition
from mockcloud.wire.messages import Json

if TYPE_CHECKING:
    from mockcloud.nlu.building import ModelReport

_MOST_TESTERS = 10
_MOST_NAMES: dict[Edition, int] = {"newer": 3, "4.4": 1}
_MOST_DOMAINS = _MOST_SCOPES = 15

_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_][A-Za-z0-9_-]*)+")
_INTENT = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def register(
    extension_id: str,
    written: Mapping[str, Any],
    *,
    edition: Edition,
    strict_endpoint: bool = False,
    before: Extension | None = None,
    others: Iterable[Extension] = (),
) -> Extension:
    """The extension that a registration describes; its model is still to be built (`take_build`). Raises `Refused`.

    ``written`` has the shape of `SCHEMA`, with every model file as ``tsv``. ``before`` is what is registered under this
    id already: what is not said again is gone, but for the model in use and its linked account, which goes when the
    extension is disabled (K-140).
    """
    mistakes = [
        *_of_basics(extension_id, written, written.get("edition") or edition),
        *_of_endpoint(written.get("url"), strict_endpoint),
        *(_of_certificate(written) if strict_endpoint else ()),
        *_of_linking(written.get("linking"), written.get("edition") or edition),
        *_of_names_in_model(written.get("model") or {}),
    ]
    if mistakes:
        raise Refused(mistakes)
    extension = Extension(
        id=extension_id,
        name=written["name"],
        invocation_names=tuple(written["invocation_names"]),
        url=written["url"],
        model=_source(written.get("model") or {}),
        lang=written.get("lang") or "ko",
        edition=written.get("edition"),
        linking=_linking(written.get("linking"), extension_id),
        warnings=tuple(
            mistake.as_json() for mistake in review.warnings(written, written.get("edition") or edition, others)
        ),
    )
    for name in ("type", "profile", "audio_player", "maker", "contact", "enabled", "signature", "trust", "verify"):
        if written.get(name) is not None:
            setattr(extension, name, written[name])
    for name in ("extra_directives", "testers"):
        setattr(extension, name, tuple(written.get(name) or ()))
    if before is not None:
        extension.built, extension.report = before.built, before.report
        if extension.linking is not None and extension.enabled:
            extension.link, extension.grants = before.link, before.grants
    return extension


def take_build(extension: Extension, report: "ModelReport", *, use: bool) -> None:
    """Take what building its model has found. Raises `Refused` if the console would not build it.

    Without ``use`` the model that was in use before stays (K-037).
    """
    if report.errors:
        places = {console_name(extension.id, *one): one for one in members(extension.model)}
        raise Refused(_in_model(problem, places) for problem in report.errors)
    if use:
        extension.built, extension.report = extension.model, report.as_json()


def _in_model(problem: Problem, places: Mapping[str, tuple[str, str]]) -> Mistake:
    path = ("model", *places.get(problem.file, ()))
    return Mistake(problem.said, path, ("K-040", "K-042", "K-044"), problem.hint, problem.line)


def described(extension: Extension) -> Json:
    """The extension as the control API shows it: its registration, and what became of its model."""
    linking = extension.linking
    return {
        "id": extension.id,
        "type": extension.type,
        "name": extension.name,
        "invocation_names": list(extension.invocation_names),
        "url": extension.url,
        "lang": extension.lang,
        "edition": extension.edition,
        "profile": extension.profile,
        "audio_player": extension.audio_player,
        "extra_directives": list(extension.extra_directives),
        "testers": list(extension.testers),
        "maker": extension.maker,
        "contact": extension.contact,
        "enabled": extension.enabled,
        "linking": None
        if linking is None
        else {name: _plain(getattr(linking, name)) for name in SCHEMA["properties"]["linking"]["properties"]},
        "signature": extension.signature,
        "trust": extension.trust,
        "verify": extension.verify,
        "model": {
            "intents": {name: {"tsv": text} for name, text in extension.model.intents},
            "slot_types": {name: {"tsv": text} for name, text in extension.model.slot_types},
        },
        "built": extension.built == extension.model,
        "report": extension.report,
        "warnings": list(extension.warnings),
    }


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _source(model: Mapping[str, Any]) -> ModelSource:
    return ModelSource(
        tuple((name, one["tsv"]) for name, one in (model.get("intents") or {}).items()),
        tuple((name, one["tsv"]) for name, one in (model.get("slot_types") or {}).items()),
    )


def _linking(written: Mapping[str, Any] | None, extension_id: str) -> Linking | None:
    if not written:
        return None
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in written.items() if value is not None
    }
    if values.get("built_in"):
        values = {"login_url": "", **values, "client_id": values.get("client_id") or extension_id}
    return Linking(**values)


# What the console refuses


def _of_basics(extension_id: str, written: Mapping[str, Any], edition: Edition) -> Iterator[Mistake]:
    if not _ID.fullmatch(extension_id):
        hint = "Such as com.yourdomain.extension.pizzabot."
        said = f"{extension_id!r} is not an Extension ID: it is a domain read backwards"
        yield Mistake(said, ("id",), ("K-002",), hint)
    if not str(written.get("name") or "").strip():
        yield Mistake("an extension needs a name", ("name",), ("K-002",))
    yield from _of_invocation_names(written.get("invocation_names") or [], edition)
    testers = written.get("testers") or []
    if len(testers) > _MOST_TESTERS:
        yield Mistake(f"{len(testers)} testers are too many: {_MOST_TESTERS} at most", ("testers",), ("K-002",))


def _of_invocation_names(names: list[str], edition: Edition) -> Iterator[Mistake]:
    most = _MOST_NAMES[edition]
    if not 1 <= len(names) <= most:
        wanted = "one invocation name" if most == 1 else f"one to {most} invocation names"
        said = f"there are {len(names)} invocation names; edition {edition} takes {wanted}"
        yield Mistake(said, ("invocation_names",), ("K-002",))
    for index, name in enumerate(names):
        if not name.strip():
            yield Mistake("an invocation name is text that is not empty", ("invocation_names", index), ("K-002",))
        elif name in names[:index]:
            yield Mistake(f"the invocation name {name!r} is there twice", ("invocation_names", index), ("K-002",))


def _of_endpoint(url: str | None, strict: bool) -> Iterator[Mistake]:
    parts = _split(url or "")
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        said = f"{url!r} is not a URL of a server"
        yield Mistake(said, ("url",), ("K-004",), "Write scheme, host and path: http://127.0.0.1:5000/clova")
        return
    usual = 443 if parts.scheme == "https" else 80
    if strict and parts.port not in (None, usual):
        said = f"{parts.scheme} is served on port {usual}, not {parts.port}"
        yield Mistake(said, ("url",), ("K-004",), "Only `strict_endpoint: true` asks for that; leave it out here.")


def _of_certificate(written: Mapping[str, Any]) -> Iterator[Mistake]:
    """A certificate that not everybody trusts is not accepted."""
    for name, is_lax in (("verify", written.get("verify") is False), ("trust", bool(written.get("trust")))):
        if is_lax:
            said = f"{name} lets a certificate pass that the service would not accept"
            yield Mistake(said, (name,), ("K-004",), "Only `strict_endpoint: true` asks for that; leave it out here.")


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _of_linking(linking: Mapping[str, Any] | None, edition: Edition) -> Iterator[Mistake]:
    if not linking:
        return
    grant = linking.get("grant") or "code"
    yield from _of_its_server(linking, grant)
    for name in ("login_url", "access_token_uri", "refresh_uri", "account_url", "privacy_url"):
        parts = _split(linking.get(name) or "http://host")
        if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
            yield Mistake(f"{linking[name]!r} is not a URL", ("linking", name), ("K-006",))
    if grant == "token" and edition != "4.4":
        said = "the grant `token` is offered in edition 4.4 only"
        yield Mistake(said, ("linking", "grant"), ("K-006", "K-145"), "Use `code`.")
    for name, most in (("domains", _MOST_DOMAINS), ("scopes", _MOST_SCOPES)):
        if len(linking.get(name) or ()) > most:
            said = f"{len(linking[name])} {name} are too many: {most} at most"
            yield Mistake(said, ("linking", name), ("K-006",))


def _of_its_server(linking: Mapping[str, Any], grant: str) -> Iterator[Mistake]:
    """Who lets users log in: a server with all its addresses, or ours."""
    if linking.get("built_in"):
        for name in ("login_url", "access_token_uri", "refresh_uri"):
            if linking.get(name):
                hint = "Leave it out, or leave built_in out."
                said = f"the built-in authorization server has its own address: {name} is of no use"
                yield Mistake(said, ("linking", name), ("K-149",), hint)
        return
    for name in ("login_url", "client_id", *(("access_token_uri", "client_secret") if grant == "code" else ())):
        if not linking.get(name):
            hint = "Without an authorization server of your own write `built_in: true` alone."
            yield Mistake(f"account linking needs {name}", ("linking", name), ("K-006",), hint)


def _of_names_in_model(model: Mapping[str, Any]) -> Iterator[Mistake]:
    for name in model.get("intents") or {}:
        if name.startswith("Clova."):
            said = f"{name} is not a name for an intent of one's own: built-in intents are always there"
            yield Mistake(said, ("model", "intents", name), ("K-031",), "Leave it out.")
        elif not _INTENT.fullmatch(name):
            said = f"{name!r} is not a name for an intent: letters, digits and _"
            yield Mistake(said, ("model", "intents", name), ("K-030",))
    for name in model.get("slot_types") or {}:
        if name.startswith("CLOVA."):
            said = f"{name} is a built-in type: it needs no entries, use it in a slot"
            yield Mistake(said, ("model", "slot_types", name), ("K-033",), "Leave it out.")
        elif not _INTENT.fullmatch(name):
            said = f"{name!r} is not a name for a slot type: letters, digits and _"
            yield Mistake(said, ("model", "slot_types", name), ("K-034",))
