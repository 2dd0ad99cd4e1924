"""Every code that a finding can have: what it means and what to do about it. The reference pages are made of this.

A code is exact (``request.part.order``), or a pattern for what can be wrong in many places:

    {kind}      a kind of message: event, directive, context, error, template, cek-request, cek-response, ...
    {place}     a kind, and the part of the message if it has parts: event.header, event.payload, template,
                cek-response.response.card

A code keeps its meaning (CONTRIBUTING.md § What is versioned).
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from mockcloud.vocabulary.findings import Severity

KINDS = (
    "event",
    "directive",
    "context",
    "error",
    "template",
    "cek-request",
    "cek-response",
    "home-request",
    "home-response",
)
"""The kinds of messages, as codes begin with them."""

ALL = "*"
"""Allows every violation."""

_VIOLATION: tuple[Severity, ...] = ("violation",)
_WARNING: tuple[Severity, ...] = ("warning",)
_EITHER: tuple[Severity, ...] = ("violation", "warning")


@dataclass(frozen=True, slots=True)
class FindingCode:
    """One code, or one pattern of codes."""

    code: str
    title: str
    meaning: str
    cure: str
    because: tuple[str, ...] = ()
    """The requirements it rests on, or the notes on defects of the text (``home:D-013``); none if each message has its
    own, which the finding names."""
    severities: tuple[Severity, ...] = _VIOLATION
    such_as: tuple[str, ...] = ()
    """Of a pattern: some of its codes."""

    @property
    def slug(self) -> str:
        """A name for a file: ``place.required``."""
        return re.sub("[{}]", "", self.code)

    def covers(self, code: str) -> bool:
        return _pattern(self.code).fullmatch(code) is not None


def registered(code: str) -> FindingCode | None:
    """What is known of a finding's code. An exact entry goes before a pattern, and ``{kind}`` before ``{place}``."""
    found = [one for one in CODES if one.covers(code)]
    return min(found, key=lambda one: ("{place}" in one.code, "{kind}" in one.code), default=None)


def allowed(codes: Iterable[str]) -> frozenset[str]:
    """The codes of violations that are to fail nothing; ``*`` is all of them.

    Raises `ValueError` for a code that no finding can have: such a slip would let a wrong message through, or none.
    """
    codes = frozenset([codes] if isinstance(codes, str) else codes)
    for code in sorted(codes - {ALL}):
        if registered(code) is None:
            near = difflib.get_close_matches(code, [one.code for one in CODES], 1)
            hint = f"did you mean {near[0]!r}?" if near else "the page of findings lists them"
            raise ValueError(f"no finding has the code {code!r}; {hint}")
    return codes


@cache
def _pattern(code: str) -> re.Pattern[str]:
    kind = f"(?:{'|'.join(KINDS)})"
    place = rf"(?:{kind}(?:\.header|\.payload)?|cek-(?:request|response)(?:\.\w+){{0,2}})"
    text = re.escape(code).replace(r"\{kind\}", kind).replace(r"\{place\}", place)
    return re.compile(text)


_EXTENSIONS = (
    FindingCode(
        "linking.redirect",
        "A login of account linking does not count",
        "The user has come back to the redirect URL with a `state` that is unknown, was used before or is older than "
        "five minutes, or without what the registered grant gives: a code, or an access token. Nothing was stored.",
        "Send the user back once, within five minutes, with `state` as it came, and with `code`.",
        ("K-142", "K-143"),
    ),
    FindingCode(
        "linking.token-server",
        "The authorization server cannot be reached",
        "Nobody listens at the access token URI, its certificate is not trusted, or it has not answered within the "
        "setting `behaviour.extension_patience`. A login has failed, or a link that was to be refreshed is broken.",
        "Start the server, or correct the registered URI. `trust` and `verify` of the extension hold for it too.",
        ("K-144", "K-146"),
    ),
    FindingCode(
        "linking.token-refused",
        "The authorization server gives no tokens",
        "It has answered with another status than 200: the finding has its `error` and `error_description`. After a "
        "failed refresh requests go without a token until the user links again.",
        "See the server's log. Often it is the client's secret, how it is sent (`client_authentication`), or the URI.",
        ("K-144", "K-146"),
    ),
    FindingCode(
        "linking.token-answer",
        "What the authorization server answers is not a token",
        "An answer is a JSON object with `access_token` and `token_type: Bearer`, perhaps with `refresh_token` and "
        "`expires_in`, a number of seconds. A missing token_type and seconds as text are put up with.",
        "Answer as in RFC 6749, section 5.1.",
        ("K-144",),
        _EITHER,
    ),
    FindingCode(
        "extension.connect",
        "The extension's server cannot be reached",
        "Nobody listens at the registered URL, its name is not known, or the connection broke before the answer was "
        "whole. The user heard the prepared message, and the session is over.",
        "Start the server, or correct the registered URL. The finding says which of the two.",
        ("K-131", "K-132"),
    ),
    FindingCode(
        "extension.tls",
        "The certificate of the extension's server is not trusted",
        "The connection ended before the request was sent: the certificate is signed by an authority that is not "
        "known, is for another name or has expired, or the server does not speak TLS at all.",
        "Register the file of its authority as `trust`, switch `verify` off, or register an http:// URL.",
        ("K-130", "K-131"),
    ),
    FindingCode(
        "extension.timeout",
        "The extension has not answered in time",
        "Its whole answer has to come within the setting `behaviour.extension_patience`. A later one is discarded.",
        "Answer faster. To step through the server with a debugger, raise the setting.",
        ("K-131", "K-133"),
    ),
    FindingCode(
        "extension.too-large",
        "The extension's answer is too large",
        "No more of an answer is read than the setting `limits.extension_answer` says. Of a compressed one no more is "
        "unpacked, and of a list in it no more than 100 items are carried out.",
        "Shorten the answer, or raise the setting.",
        ("K-131",),
    ),
    FindingCode(
        "extension.status",
        "The extension has not answered 200",
        "An answer has the status 200. The body of another 2xx is taken all the same; any other status is a failure. "
        "Redirects are not followed.",
        "Answer 200 with the JSON of an answer. If the server refuses the signature, give it this server's public key.",
        ("K-093", "K-131"),
    ),
    FindingCode(
        "extension.content-type",
        "The Content-Type of the extension's answer is not application/json",
        "An answer has `Content-Type: application/json; charset=UTF-8`. What is JSON under another name is taken all "
        "the same; what is not, such as the error page of a framework, is a failure.",
        "Send that header, and JSON.",
        ("K-093", "K-131"),
        _EITHER,
    ),
    FindingCode(
        "extension.encoding",
        "The extension's answer is not in plain UTF-8",
        "An answer is in UTF-8 and not compressed, since nothing else was asked for. gzip, a byte order mark and a "
        "wrong `charset` are put up with; bytes that are not UTF-8 are a failure.",
        "Send UTF-8, without Content-Encoding.",
        ("K-093", "K-131"),
        _EITHER,
    ),
    FindingCode(
        "extension.json",
        "The extension's answer is not JSON",
        "The body is empty, or breaks the grammar of JSON. The finding names line and column.",
        "Have a JSON library write the answer.",
        ("K-093", "K-131"),
    ),
    FindingCode(
        "extension.json.repeated-key",
        "An object in the extension's answer has a key more than once",
        "Programs differ in which of the values they take (RFC 8259, section 4); here the last one counts.",
        "Write each key once.",
        ("K-093",),
        _WARNING,
    ),
    FindingCode(
        "extension.schema",
        "Nothing in the extension's answer can be carried out",
        "The answer is JSON, but there is neither speech nor a card, a directive or the end of the session in it. "
        "If the account is strict, any violation in an answer makes it one of these.",
        "Answer `{version, sessionAttributes, response}`; the other findings say what is wrong in it.",
        ("K-101", "K-131"),
    ),
    FindingCode(
        "extension.directive.not-allowed",
        "A directive that extensions may not send",
        "An extension answers with directives of AudioPlayer, PlaybackController and TemplateRuntime that the guide "
        "lists, and with no others. It was left out; the rest of the answer was carried out.",
        "Take it out of `response.directives`, or list it in `extra_directives` of the registration.",
        ("K-108", "K-109"),
    ),
    FindingCode(
        "extension.directive.audio-player",
        "A directive of the audio player, which the extension is not registered to use",
        "It was left out; the rest of the answer was carried out.",
        "Register the extension with `audio_player: true`.",
        ("K-109",),
    ),
)


def _sorted(codes: Iterable[FindingCode]) -> tuple[FindingCode, ...]:
    return tuple(sorted(codes, key=lambda one: ("{" in one.code, one.code)))


_REQUESTS = (
    FindingCode(
        "request.authorization",
        "The Authorization header is not written as it has to be",
        "The header is `Bearer`, one blank, and the access token. It was written otherwise, but could be read.",
        "Write `Authorization: Bearer <access token>` with a capital B and exactly one blank.",
        ("C-021", "D-006"),
    ),
    FindingCode(
        "request.unauthorized",
        "The request has no access token",
        "The Authorization header is missing, or is none that can be read. The request was answered 401. What comes "
        "without a token is nobody's: it is in the journal of the account `default`.",
        "Send `Authorization: Bearer <access token>` with every request.",
        ("D-006", "C-021"),
    ),
    FindingCode(
        "request.token.refused",
        "A token that was refused is sent again",
        "A request with this access token was answered 401 before. The device has had the time to learn it.",
        "Refresh the token after a 401 with `/token?grant_type=refresh_token`, once, and use the new one from then on.",
        ("D-016", "D-018"),
    ),
    FindingCode(
        "connection.http2",
        "The connection breaks HTTP/2",
        "What came is not HTTP/2 (RFC 9113): a frame that cannot stand here, a body whose size is not that of "
        "Content-Length, a window that is overrun. The connection was ended by GOAWAY, which says why. It is a warning "
        "if no device had a downchannel on it.",
        "Leave framing to an HTTP/2 library, and let it count the body, too.",
        ("C-019", "D-005"),
        _EITHER,
    ),
    FindingCode(
        "ping.missing",
        "No PING comes",
        "A device sends an HTTP/2 PING every minute while it has a downchannel, or, if it cannot, `GET /ping`: else it "
        "does not notice a dead connection. None has come for the setting `behaviour.expected_ping`. Told once for a "
        "downchannel.",
        "Send PING every minute, and connect anew if its ACK does not come.",
        ("D-032", "D-033"),
    ),
    FindingCode(
        "auth.parameter",
        "A parameter of /authorize or /token is missing or wrong",
        "The request lacks a parameter, or one has a value that is not among those of the text. It was answered 400.",
        "Send `client_id`, `device_id`, `response_type=code` and `state` to /authorize, and to /token what its "
        "`grant_type` takes.",
        ("D-008", "D-014", "D-016", "D-019", "D-020", "C-004", "C-010", "C-012", "C-015", "C-183"),
    ),
    FindingCode(
        "auth.device-id",
        "The device_id is another one than before",
        "A code and a token are a device's own: its `device_id` is the same in all calls. The request was refused.",
        "Keep the MAC address or the UUID that the code was requested with, and send it each time.",
        ("D-009", "C-011", "C-012", "C-015"),
    ),
    FindingCode(
        "auth.terms",
        "A code is exchanged before the user has agreed",
        "/authorize was answered 451: the code is worth nothing until the page of `redirect_uri` has led to "
        "`clova://agreement-success`. The request was answered 400.",
        "Show the page, and go on when it has redirected to `clova://agreement-success`.",
        ("D-011", "C-008"),
    ),
    FindingCode(
        "auth.accept",
        "Accept does not name JSON",
        "The answers of /authorize and /token are JSON. A request says that it takes it.",
        "Send `Accept: application/json`.",
        ("D-008", "C-001"),
        _WARNING,
    ),
    FindingCode(
        "auth.state.repeated",
        "The state of /authorize was sent before",
        "`state` protects against forged requests: it is another one each time, and is compared when it returns.",
        "Make a new random `state` for each request.",
        ("D-010",),
        _WARNING,
    ),
    FindingCode(
        "request.http-version",
        "The request came over HTTP/1.1",
        "CIC is spoken over HTTP/2: `/v1/directives`, `/v1/events` and `/ping`. The request was answered 505.",
        "Offer `h2` by ALPN, and speak HTTP/2 on the connection.",
        ("D-005", "C-019"),
    ),
    FindingCode(
        "request.method",
        "The path is requested by another method",
        "`/v1/directives` and `/ping` are requested by GET, `/v1/events` by POST. The request was answered 400.",
        "Use the method that belongs to the path.",
        ("C-020",),
    ),
    FindingCode(
        "request.content-type",
        "The Content-Type of an event is not multipart",
        "It is `multipart/form-data` with a `boundary`; without one the parts cannot be told. "
        "The request was answered 400.",
        "Send `Content-Type: multipart/form-data; boundary=<term>`.",
        ("D-035", "C-033"),
    ),
    FindingCode(
        "request.multipart",
        "The parts of an event cannot be told",
        "The body does not have the form that its boundary announces. The request was answered 400, and the finding "
        "says where reading it ended.",
        "Separate the parts with `--boundary`, and end the last one with `--boundary--`.",
        ("D-035", "C-036", "C-048"),
    ),
    FindingCode(
        "request.part.missing",
        "An event has no metadata part",
        "The first part of an event holds its JSON. There was none, and the request was answered 400.",
        "Send the metadata part first.",
        ("D-036", "C-036", "C-049"),
    ),
    FindingCode(
        "event.json",
        "The metadata of an event is not JSON",
        "The first part of an event holds JSON in UTF-8. It could not be read, and the request was answered 400.",
        "Have a JSON library write it.",
        ("D-036", "C-036", "C-041"),
    ),
    FindingCode(
        "request.channel.none",
        "An event is sent without a downchannel",
        "The first thing on a connection is `GET /v1/directives`. The event was answered 412. It is not a finding if "
        "the downchannel has only just ended.",
        "Request the downchannel, wait for Clova.Hello, then send events.",
        ("D-022", "C-038"),
    ),
    FindingCode(
        "request.channel.elsewhere",
        "An event is sent over another connection",
        "Events go over the HTTP/2 connection that carries the downchannel. This one came over another, and was "
        "answered 412.",
        "Open one connection, and use it for the downchannel and all events.",
        ("D-025", "C-038"),
    ),
    FindingCode(
        "request.channel.another",
        "A second downchannel on the same connection",
        "A device has one downchannel and requests it once. On this connection one was open already; within the "
        "setting `behaviour.downchannel_interval` the second is answered 429, later it replaces the first.",
        "Request another downchannel only when the first has ended.",
        ("D-024", "C-029"),
    ),
    FindingCode(
        "request.listener",
        "The request came in on a listener that is not the account's",
        "An account made with `listener: own` has a port of its own; its devices connect there, and no others do. "
        "The request was answered 421.",
        "Connect to the `device_url` of the account whose client and tokens the device uses.",
        severities=_WARNING,
    ),
    FindingCode(
        "request.user-agent.missing",
        "The request has no User-Agent",
        "Every request says which device sends it. Without the header the real cloud may refuse it.",
        "Send `User-Agent: Manufacturer/Product/1.0.0 (OS;Hardware)` with every request.",
        ("D-001", "C-022"),
    ),
    FindingCode(
        "request.user-agent.grammar",
        "The User-Agent breaks the grammar",
        "The header has the form `Manufacturer/Product/Version (OS;HW[;key=value]...)`. "
        "The finding names the position, counted from 1, at which it departs from it.",
        "Write names in letters, digits, `_`, `-`, `.` and blanks, and percent-encode values of further properties.",
        ("D-002", "C-022"),
    ),
    FindingCode(
        "request.user-agent.version",
        "The version in the User-Agent is not a semantic version",
        "The third field is the firmware's version. It has three numbers without leading zeros, "
        "and may be followed by a release and a build.",
        "Write a version such as `1.0.1`, `1.0.1-beta` or `1.0.1+build.7`.",
        ("D-002", "D-003", "C-022"),
    ),
    FindingCode(
        "request.device-tags.empty",
        "X-Clova-Device-Tags has an empty tag",
        "The header is a list of tags between commas. One of them is empty, and is left out.",
        "Send `X-Clova-Device-Tags: Tag1,Tag2` without a comma too many, or leave the header out.",
        ("D-007", "C-023"),
    ),
    FindingCode(
        "request.not-ended",
        "The request of an event was never ended",
        "A device ends its request after the last part, and is answered then. "
        "This one stayed open after StopCapture, and was answered after the setting `behaviour.answer_without_end`.",
        "Send the closing delimiter and END_STREAM when StopCapture arrives or the recording ends.",
        ("C-045",),
    ),
    FindingCode(
        "request.part.name",
        'The first part is not named "metadata"',
        "The first part of an event holds its JSON and is named `metadata`. This one was told by its place.",
        'Send `Content-Disposition: form-data; name="metadata"` with the first part.',
        ("C-049", "D-036"),
    ),
    FindingCode(
        "request.part.content-type",
        "The metadata part is not declared as JSON",
        "The first part of an event is JSON and says so. This one was read as JSON all the same.",
        "Send `Content-Type: application/json; charset=UTF-8` with the metadata part.",
        ("C-049", "D-036"),
    ),
    FindingCode(
        "request.part.order",
        "Audio comes before the metadata",
        "The metadata says what the audio is for, so it comes first. Audio before it is ignored.",
        "Send the metadata part first, then the audio.",
        ("C-049", "D-036"),
    ),
    FindingCode(
        "request.part.repeated",
        "There is more than one metadata part",
        "A request carries one event. The first metadata part counts, this one is ignored.",
        "Send each event by a request of its own.",
        ("C-049",),
    ),
    FindingCode(
        "request.part.unknown",
        "A part has a name that means nothing",
        "An event has a part `metadata` and may have parts `audio`. A part of another name is ignored.",
        "Name the part `audio` if it is audio, or leave it out.",
        ("C-049",),
    ),
)

_FRAMING = tuple(
    FindingCode(f"multipart.{name}", title, meaning, cure, ("C-058",))
    for name, title, meaning, cure in (
        (
            "bare-lf",
            "Lines end with LF alone",
            "Lines of a multipart message end with CR LF. Shipping devices send LF alone, so it is taken.",
            "End every line of the framing with CR LF.",
        ),
        (
            "no-closing-delimiter",
            "The closing delimiter is missing",
            "A multipart message ends with `--boundary--`. The request ended without it, and its end was taken for it.",
            "Send CR LF and `--boundary--` after the last part.",
        ),
        (
            "text-before-first-delimiter",
            "There is text before the first delimiter",
            "A multipart message begins with `--boundary`. What stands before it is ignored.",
            "Begin the body with the delimiter.",
        ),
        (
            "text-after-end",
            "There is text after the closing delimiter",
            "A multipart message is over after `--boundary--`. What follows is ignored.",
            "End the request with the closing delimiter.",
        ),
        (
            "blank-line-before-delimiter",
            "A blank line stands before a delimiter",
            "The line break before a delimiter belongs to it. One more became part of the body.",
            "Put one CR LF between the body of a part and the delimiter.",
        ),
        (
            "part-without-headers",
            "A part has no headers",
            "Each part says by its headers what it is. One without was told by its place.",
            "Send Content-Disposition and Content-Type with each part.",
        ),
        (
            "folded-header",
            "A header of a part goes over several lines",
            "A header line that begins with a blank continues the one before. That form is obsolete, and was taken.",
            "Write each header in one line.",
        ),
        (
            "non-ascii-header",
            "A header of a part is not ASCII",
            "Header lines are ASCII. Other bytes were read as Latin-1.",
            "Write headers in ASCII.",
        ),
        (
            "blanks-after-delimiter",
            "Blanks follow a delimiter",
            "A delimiter is a whole line. Blanks at its end were ignored.",
            "End the line right after the boundary.",
        ),
        (
            "long-boundary",
            "The boundary is longer than 70 characters",
            "RFC 2046 allows a boundary 70 characters. This one was taken all the same.",
            "Use a shorter boundary.",
        ),
    )
)

_AUDIO = (
    FindingCode(
        "audio.header",
        "The audio has the header of a file",
        "Audio is bare linear PCM: 16 bit, 16 kHz, mono, little endian. "
        "This upload begins like a WAV, Ogg, FLAC, MP3 or AMR file, whose header is heard as noise.",
        "Send the samples alone, decoded, without a file header.",
        ("D-066",),
    ),
    FindingCode(
        "audio.missing",
        "A Recognize has no audio",
        "What the user says follows the metadata in the same request. The request ended without any.",
        "Send the audio as it comes, in a part named `audio`.",
        ("D-063",),
    ),
    FindingCode(
        "audio.pre-roll",
        "The audio begins too late before the wake word",
        "The audio of a request that was begun by a wake word starts 300 ms, 4,800 samples, before it. "
        "`startIndexInSamples` is less than that. 0 is accepted.",
        "Keep the last 300 ms of what the microphone hears, and send them first.",
        ("D-073",),
    ),
    FindingCode(
        "audio.wake-word",
        "The wake word is not in the audio",
        "`indices` count in the samples of the audio sent, and the audio includes the wake word. It ended before "
        "`endIndexInSamples`: less audio has come.",
        "Send the audio from 300 ms before the wake word on, and count from its first sample.",
        ("D-072", "D-073"),
    ),
    FindingCode(
        "audio.after-stop-capture",
        "Audio comes long after StopCapture",
        "On StopCapture a device stops recording at once. Two seconds later audio still came; it is ignored.",
        "Stop recording, send the closing delimiter and END_STREAM.",
        ("D-074",),
    ),
    FindingCode(
        "audio.odd",
        "The audio has an odd number of bytes",
        "A sample has two bytes. With an odd number one is missing, or all samples after some point are shifted.",
        "Send whole samples, and look for a byte lost on the way.",
        ("D-066",),
    ),
)

_ONE_MESSAGE = (
    FindingCode(
        "event.context.missing",
        "The context lacks objects that every event carries",
        "An event carries the state of the whole device: eight context objects. "
        "Absence of those that a device may not know (a place, a display, a speech) is a warning.",
        "Send all context objects with every event, also those that have not changed.",
        ("D-041", "C-188"),
        _EITHER,
    ),
    FindingCode(
        "event.payload.wake-word-order",
        "The wake word ends before it begins",
        "`indices` say at which sample of the audio the wake word begins and ends. The end is not after the beginning.",
        "Count both in samples of the audio sent, `startIndexInSamples` before `endIndexInSamples`.",
        ("D-072",),
    ),
    FindingCode(
        "event.payload.device-uuid",
        "The deviceUUID changes, or gives a secret away",
        "`deviceUUID` is generated once and kept for ever: here it is another than before. Or it holds a token or the "
        "client id, which it must not.",
        "Make a random UUID at the first start, and keep it.",
        ("D-071",),
    ),
    FindingCode(
        "event.payload.token-unknown",
        "A report is about something that was never sent",
        "Reports about speech, streams and alerts name what they are about by its token. "
        "No directive with this token was sent to the device. It is a warning where the device may have got it before "
        "it was connected here.",
        "Report the token as it stood in the directive, unchanged.",
        ("C-099", "D-135", "D-098"),
        _EITHER,
    ),
    FindingCode(
        "event.header.message-id-reused",
        "The messageId of an event was used before",
        "A messageId identifies a single message. An earlier event of the device carried the same.",
        "Make a new UUID for each event, also when one is sent again.",
        ("D-040",),
    ),
    FindingCode(
        "directive.header.message-id-reused",
        "The messageId of a directive was used before",
        "A messageId identifies a single message. An earlier directive carried the same.",
        "Leave the messageId out of what you push, so that one is made.",
        ("C-070",),
    ),
    FindingCode(
        "directive.header.unasked",
        "A directive that answers nothing names a dialog",
        "Directives of the Notifier are sent unasked. A `dialogRequestId` says that they answer what a user said.",
        "Leave `dialogRequestId` out.",
        ("C-161",),
        _WARNING,
    ),
    FindingCode(
        "directive.payload.asset",
        "An asset is to be played that is not there",
        "`assetPlayOrder` names assets by their `assetId`. None of `assets` has this one.",
        "Add the asset, or take its id out of the order.",
        ("D-105",),
        _WARNING,
    ),
    FindingCode(
        "directive.attachment.missing",
        "A directive refers to an attachment that is not there",
        "A URL `cid:...` names a part of the same response by its Content-ID. No part has it; "
        "the downchannel carries no attachments at all.",
        "Send the part with this Content-ID, or give a URL to fetch.",
        ("C-053",),
    ),
    FindingCode(
        "directive.channel",
        "A directive travels by the wrong way",
        "Directives of the Notifier are sent over the downchannel only. This one is in the answer to an event.",
        "Push the directive instead of answering with it.",
        ("C-161",),
    ),
    FindingCode(
        "cek-request.request.slot-name",
        "A slot is named otherwise than its key",
        "`slots` is an object with a slot under each name. The slot's own `name` is another.",
        "Use the slot's name as its key.",
        ("K-070",),
    ),
    FindingCode(
        "cek-response.response.card.required",
        "A card does not say which template it is",
        "A card with content is a content template, and its `type` says which. It is missing.",
        "Give the template's `type`, or send `{}` for no card.",
        ("K-106", "X-031"),
    ),
    FindingCode(
        "cek-response.response.directives.agreed",
        "A directive that an extension sends only by agreement",
        "Without an agreement an extension may send a few directives of AudioPlayer, PlaybackController and "
        "TemplateRuntime. This is another one.",
        "Leave it out, or have it agreed.",
        ("K-108", "X-034"),
        _WARNING,
    ),
    FindingCode(
        "home-response.payload.appliance-repeated",
        "Two appliances of a discovery have the same id",
        "A request says by `applianceId` which appliance it is for. An earlier appliance of the list has the same.",
        "Give each appliance an id of its own, the same in every discovery.",
        ("E-031",),
    ),
    FindingCode(
        "home-response.payload.command",
        "A custom command is for what was not discovered",
        "A custom command names appliances and actions. This appliance is not in `discoveredAppliances`, "
        "or does not list the action.",
        "Send the appliance too, or take it out of the command.",
        ("E-033",),
        _WARNING,
    ),
    FindingCode(
        "home-response.payload.limits",
        "The limits of a range are the wrong way round",
        "ValueOutOfRangeError tells what the appliance can do. Its `minimumValue` is above its `maximumValue`.",
        "Send the lower limit as `minimumValue`.",
        ("E-069",),
    ),
    FindingCode(
        "message.kind",
        "It cannot be told what kind of message this is",
        "Events, directives, templates and the bodies of extensions differ by their outermost fields. "
        "This is JSON, but has none of those forms.",
        "Look at the outermost field, or name the kind: `mockcloud validate --kind event`.",
    ),
    FindingCode(
        "message.unreadable",
        "The message is not JSON",
        "A message that cannot be read cannot be judged. The finding says where reading it ended.",
        "Write JSON in UTF-8.",
    ),
    FindingCode(
        "baseline.unmatched",
        "A waiver matches nothing any more",
        "The file of `--baseline` waives a finding that did not come. What it was for is gone, and so it should be.",
        "Write the file again with `--update-baseline`.",
    ),
)

_ANY_MESSAGE = (
    FindingCode(
        "{kind}.unknown",
        "There is no such message",
        "No index of its edition has the name of the message. An unknown context object inside of an event "
        "is only a warning, since devices in the field send such.",
        "Compare with the list of messages: `mockcloud schema list`. The finding names the nearest.",
        ("D-038", "D-042", "K-081", "H-009", "E-007"),
        _EITHER,
        ("event.unknown", "directive.unknown", "context.unknown", "template.unknown"),
    ),
    FindingCode(
        "{kind}.name",
        "It is another message than was said",
        "`mockcloud validate` was told which message to expect. The header names another.",
        "Correct the name, or what you expect.",
        such_as=("event.name", "directive.name"),
    ),
    FindingCode(
        "{kind}.envelope",
        "What surrounds header and payload is wrong",
        'A message has a fixed outermost form, `{"event": {"header", "payload"}, "context": []}` for an event. '
        "A part of it is missing or of another type.",
        "Compare with an example: `mockcloud schema example Clova.ProcessDelegatedEvent`.",
        such_as=("event.envelope", "directive.envelope"),
    ),
    FindingCode(
        "{place}.required",
        "A field is missing",
        "The table of the message says that this field is always there. As a warning: it should be there, "
        "but messages of the guide or of shipping products lack it.",
        "Send the field; the page of the message tells what belongs into it.",
        severities=_EITHER,
        such_as=("event.header.required", "event.payload.required", "cek-response.response.required"),
    ),
    FindingCode(
        "{place}.type",
        "A value has the wrong type",
        "The table of the message gives each field a type: text, number, whole number, true or false, object, list. "
        'The value is of another; `"5"` is text and no number.',
        "Send the type that the finding names.",
        such_as=("event.payload.type", "home-response.payload.type"),
    ),
    FindingCode(
        "{place}.enum",
        "A value is not one of those allowed",
        "The table of the message lists the values that this field can have. Upper and lower case count.",
        "Send one of the listed values; the finding names the nearest.",
        such_as=("event.payload.enum", "context.payload.enum"),
    ),
    FindingCode(
        "{place}.range",
        "A value is too small, too large, too short or too long",
        "The field's table or its meaning gives it limits; a list may have a fewest and a most of entries. As a "
        "warning: the limit is stated, but an example of the guide exceeds it.",
        "Keep to the limits that the finding names.",
        severities=_EITHER,
        such_as=("event.payload.range", "context.payload.range"),
    ),
    FindingCode(
        "{place}.format",
        "A text does not have the form that it should",
        "The value is text of a known form: a date, a time, a duration, an identifier. It cannot be read as such.",
        "Write the form that the finding names.",
        such_as=("directive.payload.format", "home-response.payload.format"),
    ),
    FindingCode(
        "{place}.pattern",
        "A text does not match its pattern",
        "The value is text that follows a pattern, which the finding shows. It does not.",
        "Write a text that matches.",
        such_as=("directive.payload.pattern",),
    ),
    FindingCode(
        "{place}.condition",
        "Two fields do not fit each other",
        "A field is needed, or may not be there, because of the value of another. The finding says because of which.",
        "Change one of the two fields.",
        such_as=("event.payload.condition", "directive.header.condition"),
    ),
    FindingCode(
        "{place}.unknown",
        "A field has an unknown name",
        "Fields that the specification does not name pass. Your own schemas (setting `schemas`) may close an object "
        "by `additionalProperties: false`, and then they do not.",
        "Correct the name of the field, or leave it out; the finding names the nearest.",
        such_as=("event.payload.unknown",),
    ),
)

_TOLERATED = tuple(
    FindingCode(f"{{place}}.{name}", title, meaning, cure, because, _WARNING, such_as)
    for name, title, meaning, cure, because, such_as in (
        (
            "spelling",
            "Another spelling than that of the index",
            "The guide prints this name, field or value in two ways. Both are taken; this one is not the usual.",
            "Use the spelling that the finding names.",
            ("C-087", "C-091", "C-118", "C-177", "D-206"),
            ("event.spelling", "event.payload.spelling", "home-response.payload.spelling"),
        ),
        (
            "missing",
            "A field is missing that can be done without",
            "The table says that the field is always there, but examples lack it. It is done without.",
            "Send the field.",
            ("K-101", "X-022", "E-021", "E-026", "E-029"),
            ("home-response.payload.missing", "cek-response.response.missing"),
        ),
        (
            "empty",
            "A value is empty",
            "Something is sent that says nothing. It counts as if it had not been sent.",
            "Send a value, or leave the field out.",
            ("C-144", "K-101", "X-023"),
            ("event.payload.empty", "cek-response.response.empty"),
        ),
        (
            "follow-up-lang",
            "A follow-up question is answered without a language",
            "A Recognize says its language. The guide's example of a follow-up lacks it, so it is taken.",
            "Send `lang` with every Recognize.",
            ("D-067",),
            ("event.payload.follow-up-lang",),
        ),
        (
            "wake-word",
            "A wake word that the guide does not list",
            "The guide lists the wake words of Clova. Shipping devices send others, so any is taken.",
            "Nothing, if the device listens to that word.",
            ("C-091", "D-072"),
            ("event.payload.wake-word",),
        ),
        (
            "not-idle",
            "The playback state is incomplete while something plays",
            "Position and stream may be left out only while the player is `IDLE`. It is not.",
            "Send `offsetInMilliseconds` and `stream` whenever there is a stream.",
            ("D-204",),
            ("context.payload.not-idle",),
        ),
        (
            "not-utc",
            "A time is not in UTC",
            "`refreshedAt` is an ISO 8601 time in UTC. This one has another offset, which is understood.",
            "Send the time with `Z` at its end.",
            ("D-205",),
            ("context.payload.not-utc",),
        ),
        (
            "weather-code",
            "A weather code that the guide does not list",
            "Devices choose a picture by the code. They may have none for this one.",
            "Use a code of the list on the page of the template.",
            ("C-177",),
            ("template.weather-code",),
        ),
        (
            "weekday",
            "A day of the week that is not written as in the examples",
            "The guide's examples write `monday` to `sunday`. Devices may not know other forms.",
            "Write the day in lower case, in full.",
            ("C-177",),
            ("template.weekday",),
        ),
        (
            "ended",
            "A session that ends is said to be new",
            "A SessionEndedRequest ends a session that has begun before. Its `new` should be false.",
            'Send `"new": false`.',
            ("K-087",),
            ("cek-request.session.ended", "cek-request.ended"),
        ),
        (
            "profile",
            "An event that only another service relays",
            "The Japanese service relays this event to extensions. The Korean one does not.",
            "Do not count on it in Korea.",
            ("K-121",),
            ("cek-request.request.profile",),
        ),
        (
            "no-display",
            "A device without display has a content layer",
            "A display of the size `none` shows nothing, so it has no `contentLayer`. The field is ignored.",
            "Leave `contentLayer` out.",
            ("K-080", "K-082"),
            ("cek-request.context.no-display",),
        ),
        (
            "simple",
            "A SimpleSpeech holds a list",
            "`values` of a SimpleSpeech is one SpeechInfoObject. A list was sent.",
            "Send the object itself, or make it a `SpeechList`.",
            ("K-102",),
            ("cek-response.response.simple",),
        ),
        (
            "without-effect",
            "A reprompt has no effect",
            "A reprompt is spoken when the user does not answer. Here the session ends, so nobody is asked.",
            "Leave `reprompt` out, or set `shouldEndSession` to false.",
            ("K-113", "X-032"),
            ("cek-response.response.without-effect",),
        ),
        (
            "wrapped",
            "A directive of an extension is wrapped once more",
            "An answer lists `{header, payload}`. Here each is inside a `directive`, as devices get it.",
            "Take the outer `directive` away.",
            ("K-109",),
            ("cek-response.response.wrapped",),
        ),
        (
            "message-id",
            "A directive of an extension has no messageId",
            "Each message has an identifier. The cloud makes one where an extension sends none.",
            "Send a UUID as `messageId`.",
            ("K-109", "X-033"),
            ("cek-response.response.message-id",),
        ),
        (
            "version",
            "Another version of the message format",
            "`payloadVersion` is `1.0`, the only one there is. Another is taken, and read as if it were that.",
            'Send `"payloadVersion": "1.0"`.',
            ("H-006", "E-006"),
            ("home-response.header.version",),
        ),
        (
            "actions",
            "A device can do what its type usually cannot",
            "The guide lists for each type of appliance which actions are usual. This one has another.",
            "Check the type and the action; nothing, if the device really can.",
            ("E-027",),
            ("home-response.payload.actions",),
        ),
        (
            "one-type",
            "A device has several types",
            "`applianceTypes` is a list, but a device has one type. The actions of all of them count.",
            "Send one type.",
            ("E-025",),
            ("home-response.payload.one-type",),
        ),
        (
            "location",
            "A location that the guide does not list",
            "A location is a code such as `LIVING_ROOM`. Another neither becomes a tag nor a place.",
            'Send a code of the list, or `""`.',
            ("E-030",),
            ("home-response.payload.location",),
        ),
        (
            "mode",
            "A mode that only another country has",
            "`heat` is a mode of the Japanese service. The Korean one does not know it.",
            "Send a mode of your service.",
            ("home:D-045",),
            ("home-response.payload.mode",),
        ),
        (
            "bare",
            "A mode stands bare",
            "A mode is an object with the name as its `value`. Examples of the guide send the name alone.",
            'Send `{"value": "sleep"}`.',
            ("home:D-013", "home:D-014"),
            ("home-request.payload.bare", "home-response.payload.bare"),
        ),
        (
            "beside",
            "The sub-channel is inside the channel",
            "In 4.4 `subChannel` is a field of the channel; later it stands beside it. The form of 4.4 was sent.",
            "Put `subChannel` beside `channel`.",
            ("home:D-012",),
            ("home-response.payload.beside",),
        ),
        (
            "steps",
            "More steps than the edition knows",
            "Fan speed goes up and down by 1, 2 or 3 in 4.4. More is taken, as later editions do.",
            "Send 3 at most.",
            ("home:D-009",),
            ("home-request.payload.steps",),
        ),
        (
            "unit",
            "A unit that does not belong there",
            "A number has the unit `celsius` or `percentage`, and a text has none. Another unit means nothing.",
            "Leave the unit out, or send one of the two.",
            ("E-047",),
            ("home-response.payload.unit",),
        ),
        (
            "no-offset",
            "A moment without an offset",
            "A moment is an ISO 8601 time. Without an offset nobody knows which time zone is meant.",
            "Add the offset: `2018-05-14T13:00:00+09:00`.",
            ("E-046",),
            ("home-response.payload.no-offset",),
        ),
    )
)

_ORDER = (
    FindingCode(
        "order.answer.unasked",
        "An answer to a question that was never asked",
        "`speechId` is the `expectSpeechId` of the ExpectSpeech that a request answers. No open question has this one. "
        "The request is taken as a new one.",
        "Send `speechId` only with the request that answers an ExpectSpeech, and exactly as it was received.",
        ("C-088", "C-094"),
        _WARNING,
    ),
    FindingCode(
        "order.answer.late",
        "An answer to a question that has lapsed",
        "A question waits for `timeoutInMilliseconds` and a grace (setting `behaviour.question_grace`). "
        "The request is taken as a new one.",
        "Listen for the time that ExpectSpeech gives; after that send no `speechId`.",
        ("C-089",),
        _WARNING,
    ),
    FindingCode(
        "order.answer.dialog",
        "An answer under another dialogRequestId than its question",
        "The request that answers an ExpectSpeech belongs to the same dialog. It is accepted all the same.",
        "Send the `dialogRequestId` that came with ExpectSpeech.",
        ("C-088",),
        _WARNING,
    ),
    FindingCode(
        "order.answer.explicit",
        "An answer with another value of explicit than its question",
        "`explicit` comes back as it was sent with ExpectSpeech. The answer is accepted all the same.",
        "Send the `explicit` that came with ExpectSpeech.",
        ("C-088", "C-094"),
        _WARNING,
    ),
    FindingCode(
        "order.delegation.unknown",
        "There is no such delegated request",
        "`delegationId` comes back exactly as HandleDelegatedEvent brought it, once, from the device that got it. "
        "The event is answered with 204; strict refuses it.",
        "Send ProcessDelegatedEvent once for each HandleDelegatedEvent, with its `delegationId`.",
        ("D-185", "C-160"),
    ),
    FindingCode(
        "order.device.unknown",
        "The account has no such device",
        "`deviceId` names another device of the account. Nothing follows.",
        "Take the `deviceId` from RenderDeviceList or SynchronizeState.",
        ("C-130", "C-144"),
        _WARNING,
    ),
    FindingCode(
        "order.player.token",
        "No item has this token",
        "The token of RequestPlayerInfo is that of a playable item or of a stream. "
        "The item that plays is shown instead.",
        "Take the token from RenderPlayerInfo or from the stream of AudioPlayer.Play.",
        ("C-172",),
        _WARNING,
    ),
    FindingCode(
        "order.dialog.repeated",
        "A new request under the dialogRequestId of an earlier one",
        "What a user says or types begins a dialog, and each dialog has an id of its own. Only the answer to an "
        "ExpectSpeech keeps the id of the request before, and it carries a `speechId`.",
        "Make a new UUID for each request of the user.",
        ("D-046", "D-048"),
    ),
    FindingCode(
        "order.report.missing",
        "What a directive orders was not reported",
        "A directive such as SetAlert, SetValue or Speak is followed by an event that tells what became of it, and "
        "Hello by a request for the alerts. None has come within the setting `behaviour.report_patience`. It is a "
        "warning where the device may not know the directive at all.",
        "Carry the directive out, and report it at once, the failure too. Ask for the alerts after each connecting.",
        ("D-089", "D-098", "D-108", "D-110", "D-114", "D-126", "D-138", "D-153", "D-158", "D-169", "D-185"),
        _EITHER,
    ),
    FindingCode(
        "order.state.outdated",
        "The context does not show what the device has reported",
        "Every event carries the state of the device. Here it contradicts the device's own reports: a control that was "
        "executed, a speech that has ended, a stream that is paused. It is a warning where the state may have been "
        "made before the report, or where a level has moved to another value than was ordered.",
        "Carry an order out before you report it, and make the context when the event is sent.",
        ("D-095", "D-139", "D-161", "D-162", "D-163", "D-167"),
        _EITHER,
    ),
    FindingCode(
        "order.speak.not-started",
        "The end of a speech that was never started",
        "SpeechFinished says that a speech has been played to its end. SpeechStarted was not reported before.",
        "Report SpeechStarted when its playback begins, before anything else about it.",
        ("D-089", "D-090"),
    ),
    FindingCode(
        "order.speak.repeated",
        "A speech is reported once more",
        "A Speak is played once: SpeechStarted, then either SpeechFinished or SpeechStopped. "
        "What was reported does not fit: it is playing already, or has ended.",
        "Report each of them once, with the token of the Speak that it is about.",
        ("D-089", "D-090", "D-091"),
    ),
    FindingCode(
        "order.speak.out-of-turn",
        "A speech is played out of turn",
        "The Speaks of one request are played in the order of receipt, one after the other. This one was started "
        "while another was playing, or after one that came later.",
        "Queue the Speaks of a dialog.",
        ("D-092",),
    ),
    FindingCode(
        "order.speak.outdated",
        "A speech of a former dialog is started",
        "When the user begins a new dialog, what belongs to the former one is dropped, whether it waits in a queue or "
        "comes late. This speech was started all the same.",
        "Compare the `dialogRequestId` of a directive with that of the user's last request before carrying it out.",
        ("D-049", "D-050", "D-051"),
    ),
    FindingCode(
        "order.play.not-started",
        "A report about a stream that was never started",
        "PlayStarted comes before every other report of a stream. It was not reported.",
        "Report PlayStarted when playback begins.",
        ("D-119", "D-126"),
    ),
    FindingCode(
        "order.play.repeated",
        "A report about a stream comes twice",
        "The stream is in this state already: PlayStarted while it plays, "
        "ProgressReportDelayPassed twice after one start.",
        "Report each change once.",
        ("D-119", "D-126", "D-131"),
    ),
    FindingCode(
        "order.play.not-paused",
        "A stream is resumed that was not paused",
        "PlayResumed follows PlayPaused. The stream was playing.",
        "Report PlayPaused when playback pauses, and PlayResumed when it goes on.",
        ("D-126",),
    ),
    FindingCode(
        "order.play.paused",
        "A paused stream is reported as if it played",
        "After PlayPaused a stream neither goes forward nor ends by itself. It goes on with PlayResumed.",
        "Report PlayResumed first, and count playing time without the pause.",
        ("D-126", "D-132"),
    ),
    FindingCode(
        "order.play.ended",
        "A report about a stream that has ended",
        "PlayFinished or PlayStopped was reported before. The stream can only be started again.",
        "Report the end once, as the last.",
        ("D-125", "D-126"),
    ),
    FindingCode(
        "order.play.offset",
        "The offset of a stream does not fit",
        "A stream starts at `beginAtInMilliseconds`, and its offsets stay within the window that "
        "`durationInMilliseconds` makes, give or take a second. That it is resumed elsewhere than it was paused is a "
        "warning.",
        "Report the position in the piece, in milliseconds.",
        ("D-122", "D-123", "D-126"),
        _EITHER,
    ),
    FindingCode(
        "order.play.progress",
        "A progress report comes at another place than ordered",
        "`progressReport` of the stream says after how long, how often and where progress is reported. Neither the "
        "offset nor the time since the start fits, give or take a second.",
        "Count milliseconds of playing, from where the stream was started.",
        ("D-131", "D-132", "D-133"),
    ),
    FindingCode(
        "order.play.progress-missing",
        "Progress was not reported",
        "`progressReport` of the stream orders it. The stream ended long after ProgressReportDelayPassed or "
        "ProgressReportIntervalPassed was due, and none has come.",
        "Obey `progressReport` of the stream.",
        ("D-131", "D-132"),
    ),
    FindingCode(
        "order.play.progress-unasked",
        "Progress is reported that was not ordered",
        "`progressReport` of the stream says what is reported. There the value is null or missing.",
        "Report progress only as ordered.",
        ("D-134",),
        _WARNING,
    ),
    FindingCode(
        "order.play.not-requested",
        "A stream is played without asking for its URL",
        "With `urlPlayable` false the URL cannot be played: StreamRequested comes first, and StreamDeliver brings "
        "another.",
        "Send StreamRequested just before playback.",
        ("D-127",),
    ),
    FindingCode(
        "order.play.stream-changed",
        "A stream comes back changed",
        "StreamRequested and the context AudioPlayer.PlaybackState hold the stream as Play or StreamDeliver brought "
        "it, `customData` too. A field has another value here.",
        "Keep the stream object as it was received.",
        ("D-127", "D-139", "D-140"),
    ),
    FindingCode(
        "order.alert.not-set",
        "An alert rings that was not reported as set",
        "SetAlert is answered with SetAlertSucceeded or SetAlertFailed. AlertStarted came without the former, or "
        "after the alert was reported as deleted.",
        "Report what became of each SetAlert at once.",
        ("D-098", "D-110"),
    ),
    FindingCode(
        "order.alert.repeated",
        "A report about an alert comes twice",
        "SetAlertSucceeded or SetAlertFailed is reported once for each SetAlert. AlertStarted is reported once each "
        "time that it rings, and it rings again only when it has been set again.",
        "Report each change once. The next time of a repeating alert comes with SetAlert.",
        ("D-098", "D-102", "D-112"),
    ),
    FindingCode(
        "order.alert.not-ringing",
        "An alert is stopped that does not ring",
        "AlertStopped and RequestAlertStop are about an alert whose AlertStarted was reported and which has not "
        "stopped since. This one does not ring.",
        "Report AlertStarted when it begins to ring, and AlertStopped once, when it ends.",
        ("D-106", "D-108", "D-109"),
    ),
    FindingCode(
        "order.alert.unasked",
        "An alert is deleted that was not to be deleted",
        "DeleteAlertSucceeded answers DeleteAlert. None is open for this alert.",
        "Report each DeleteAlert once, and delete nothing by yourself.",
        ("D-110",),
    ),
    FindingCode(
        "order.alert.type",
        "An alert is reported under another type",
        "Reports name an alert by its token and its type. SetAlert gave this token another type.",
        "Send `type` as it stood in SetAlert.",
        ("D-098",),
    ),
    FindingCode(
        "order.alert.changed",
        "An alert in the context differs from what was sent",
        "Alerts.AlertsState repeats token, type and `scheduledTime` exactly as they were received. "
        "These never came like that.",
        "Keep the text of `scheduledTime`, time zone and all.",
        ("D-100", "D-203"),
    ),
    FindingCode(
        "order.alert.context",
        "The context contradicts what was reported about an alert",
        "Alerts.AlertsState says what is set and what rings at this moment. Two events in a row lack an alert that was "
        "set, list one that was deleted, or have `activeAlerts` otherwise than AlertStarted and AlertStopped say.",
        "Make Alerts.AlertsState anew for each event.",
        ("D-044", "D-100", "D-103", "D-109", "D-110", "D-116"),
    ),
    FindingCode(
        "event.obsolete",
        "The event was removed from the specification",
        "Older devices send it. It is answered with 204 and nothing follows.",
        "Do not send it.",
        ("C-089",),
    ),
)

_SCENARIO = (
    FindingCode(
        "scenario.call.failed",
        "The code behind a rule did not answer",
        "A rule has its events answered by code (`then: {call: URL}`), and no answer came of it: nobody listens there, "
        "it took longer than `behaviour.extension_patience`, its status was neither 200 nor 204, or its body is "
        "not JSON. The device's event was answered with 204.",
        "The finding names the rule and says what came instead. See the log of that program.",
    ),
    FindingCode(
        "scenario.call.answer",
        "The code behind a rule answered something that cannot be sent",
        "A rule has its events answered by code (`then: {call: URL}`). An entry of its list is not a directive, or one "
        "that the catalogue refuses. It was left out; the other entries were sent.",
        "The finding names the URL, the place in the list and what was expected there.",
    ),
    FindingCode(
        "scenario.expression",
        "An expression of a scenario has no value",
        "A rule took the event, but what stands between `${` and `}` in a directive of it could not be worked out. "
        "The directive was not sent.",
        "The finding names the rule and the expression. "
        "Give what may be missing a default: `${event.payload.x|default('')}`.",
    ),
)

CODES = _sorted(
    (*_EXTENSIONS, *_SCENARIO, *_REQUESTS, *_FRAMING, *_AUDIO, *_ONE_MESSAGE, *_ORDER, *_ANY_MESSAGE, *_TOLERATED)
)
