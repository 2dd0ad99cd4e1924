"""A request that is answered with an error: the error message under the HTTP status of the error (C-061)."""

from mockcloud.cic.core import Core
from mockcloud.cic.responses import error_body, error_message, multipart_headers, new_writer
from mockcloud.cloud.accounts import Account
from mockcloud.journal import Channel, Entry
from mockcloud.vocabulary import Exchange, Finding
from mockcloud.vocabulary.commands import EndBody, SendBody, StartResponse
from mockcloud.wire.messages import dumps


def refuse(
    core: Core,
    ex: Exchange,
    status: int,
    said: str,
    *,
    request: str,
    account: Account | None = None,
    device: str = "",
    because: tuple[str, ...] = (),
    findings: tuple[Finding, ...] = (),
) -> None:
    """Answer with `System.Exception` and put both the request and the answer on record.

    ``request`` is what was refused, for people: ``POST /v1/events`` or the name of the event.
    """
    for one in account.devices.values() if account else ():
        if device in ("", one.device_id):
            one.course.forget()
    ids = account.ids if account else core.ids
    edition = account.edition if account else core.settings.account.edition
    message = error_message(status, said, edition, ids.uuid())
    writer = new_writer(ids)
    core.out.append(StartResponse(ex, status, multipart_headers(writer)))
    core.out.append(SendBody(ex, error_body(writer, message, ids)))
    core.out.append(EndBody(ex))
    at = core.time_of(account)
    channel: Channel = "downchannel" if "/v1/directives" in request else "ping" if "/ping" in request else "event"
    core.record(
        Entry(
            at=at,
            account=account.id if account else "",
            channel=channel,
            direction="in",
            kind="request",
            name=request,
            device=device,
            status=status,
            findings=findings,
            because=because,
            note=said,
            connection=ex.conn,
        )
    )
    core.record(
        Entry(
            at=at,
            account=account.id if account else "",
            channel="response",
            direction="out",
            kind="error",
            name="System.Exception",
            device=device,
            message_id=message.get("directive", message)["header"]["messageId"],
            status=status,
            raw=dumps(message),
            because=because,
            connection=ex.conn,
        )
    )
