"""Operations of the control API on extensions: register, read, delete, key, probe, test."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mockcloud.cek.exchange import HttpAnswer, PostToExtension, ReadPublicKey
from mockcloud.cek.failures import Failure
from mockcloud.cic import calls, extensions, link_operations
from mockcloud.cic import operations as op
from mockcloud.cic.core import Core
from mockcloud.cic.operations import Outcome, problem
from mockcloud.cloud.accounts import Account
from mockcloud.cloud.extensions import asking, sessions
from mockcloud.cloud.extensions.building import BuildModel
from mockcloud.cloud.extensions.extension import Extension
from mockcloud.cloud.extensions.registering import described, register, take_build
from mockcloud.cloud.extensions.registration import Refused
from mockcloud.vocabulary import RequestId

if TYPE_CHECKING:
    from mockcloud.nlu.building import ModelReport


def list_extensions(core: Core, asked: op.ListExtensions, _: RequestId) -> Outcome:
    return Outcome(200, {"extensions": [described(one) for one in _account(core, asked).extensions.values()]})


def read_extension(core: Core, asked: op.ReadExtension, _: RequestId) -> Outcome:
    extension = _account(core, asked).extensions.get(asked.extension)
    return _none(core, asked) if extension is None else Outcome(200, described(extension))


def put_extension(core: Core, asked: op.PutExtension, request: RequestId) -> Outcome | None:
    account = _account(core, asked)
    before = account.extensions.get(asked.extension)
    try:
        extension = register(
            asked.extension,
            asked.registration,
            edition=account.edition,
            strict_endpoint=account.settings.behaviour.strict_endpoint,
            before=before,
            others=[one for one in account.extensions.values() if one is not before],
        )
    except Refused as error:
        return _refused(error)
    use = bool(asked.registration.get("build", True))
    edition = extension.edition or account.edition
    job = BuildModel(extension.id, extension.model, extension.lang, edition, core.settings.nlu_engine)
    calls.start(core, request, job, 0, lambda report: _registered(core, account, extension, report, use))
    return None


def _registered(core: Core, account: Account, extension: Extension, report: "ModelReport", use: bool) -> Outcome:
    try:
        take_build(extension, report, use=use)
    except Refused as error:
        return _refused(error)
    if core.accounts.by_id.get(account.id) is not account:
        return problem(404, "No such account", f"{account.id!r} was deleted while the model was being built")
    before = account.extensions.get(extension.id)
    if not extension.enabled:
        _end_sessions(core, account, extension.id)
    account.extensions[extension.id] = extension
    _tell_switched(core, account, extension, was_enabled=before is not None and before.enabled)
    core.touch(account)
    return Outcome(200 if before else 201, described(extension))


def _end_sessions(core: Core, account: Account, extension_id: str) -> None:
    for device in account.devices.values():
        if device.session is not None and device.session.extension == extension_id:
            extensions.carry_on(core, account, device, sessions.end(account, device, core.now))


def _tell_switched(core: Core, account: Account, extension: Extension, *, was_enabled: bool) -> None:
    """Tell the extension that the user has enabled or disabled it, if it is to be told (K-121)."""
    edition = extension.edition or account.edition
    if account.settings.behaviour.skill_events and extension.enabled != was_enabled and edition != "4.4":
        device, call = asking.switched(account, extension, core.now)
        extensions.ask(core, account, device, call)


def _refused(error: Refused) -> Outcome:
    mistakes = [mistake.as_json() for mistake in error.mistakes]
    more = f" (and {len(mistakes) - 1} more)" if len(mistakes) > 1 else ""
    place = f"{mistakes[0]['path']}: " if mistakes[0]["path"] else ""
    return problem(422, "The console refuses it", f"{place}{mistakes[0]['said']}{more}", problems=mistakes)


def delete_extension(core: Core, asked: op.DeleteExtension, _: RequestId) -> Outcome:
    account = _account(core, asked)
    if asked.extension not in account.extensions:
        return _none(core, asked)
    _end_sessions(core, account, asked.extension)
    del account.extensions[asked.extension]
    core.touch(account)
    return Outcome(204)


def read_key(core: Core, asked: op.ReadExtensionKey, request: RequestId) -> Outcome | None:
    if asked.extension not in _account(core, asked).extensions:
        return _none(core, asked)
    calls.start(core, request, ReadPublicKey(), 0, lambda pem: Outcome(200, pem))
    return None


def probe(core: Core, asked: op.ProbeExtension, request: RequestId) -> Outcome | None:
    """A bare POST without body: whatever status comes, it is reached (K-005)."""
    account = _account(core, asked)
    extension = account.extensions.get(asked.extension)
    if extension is None:
        return _none(core, asked)
    job = PostToExtension(
        extension.url,
        (),
        b"",
        core.settings.limits.extension_answer,
        trust=extension.trust,
        verify=extension.verify,
    )
    calls.start(core, request, job, account.settings.behaviour.extension_patience, _probed(extension))
    return None


def ask(core: Core, asked: op.AskExtension, request: RequestId) -> Outcome | None:
    """The console's test page (K-150..K-154)."""
    from mockcloud.cic import testpage

    account = _account(core, asked)
    extension = account.extensions.get(asked.extension)
    return _none(core, asked) if extension is None else testpage.ask(core, account, extension, asked, request)


def _probed(extension: Extension) -> Callable[[Any], Outcome]:
    def outcome(came: Any) -> Outcome:
        failure = came if isinstance(came, Failure) else None
        return Outcome(
            200,
            {
                "url": extension.url,
                "reachable": isinstance(came, HttpAnswer) or (failure is not None and failure.kind == "too_large"),
                "status": came.status if isinstance(came, HttpAnswer) else None,
                "failure": failure.kind if failure is not None else None,
                "said": failure.said if failure is not None else "",
            },
        )

    return outcome


def _account(core: Core, asked: Any) -> Account:
    return core.accounts.by_id[asked.account]


def _none(core: Core, asked: Any) -> Outcome:
    known = ", ".join(_account(core, asked).extensions) or "none"
    said = f"the account {asked.account!r} has no extension {asked.extension!r}; there are: {known}"
    return problem(404, "No such extension", said)


HANDLERS: dict[type, Callable[[Core, Any, RequestId], Outcome | None]] = {
    op.ListExtensions: list_extensions,
    op.ReadExtension: read_extension,
    op.PutExtension: put_extension,
    op.DeleteExtension: delete_extension,
    op.ReadExtensionKey: read_key,
    op.ProbeExtension: probe,
    op.AskExtension: ask,
    **link_operations.HANDLERS,
}
