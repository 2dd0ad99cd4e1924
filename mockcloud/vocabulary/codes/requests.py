"""What is found about connections and requests, before anything is known of a message."""

from mockcloud.vocabulary.codes.code import EITHER, WARNING, FindingCode

REQUESTS = (
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
        "A request with this access token was answered 401 more than 5 s ago, or ten of them were. The device has had "
        "time to notice.",
        "Refresh the token after a 401 with `/token?grant_type=refresh_token`, once, and use the new one from then on.",
        ("D-016", "D-018"),
        WARNING,
    ),
    FindingCode(
        "connection.http2",
        "The connection breaks HTTP/2",
        "What came is not HTTP/2 (RFC 9113): a frame that cannot stand here, a body whose size is not that of "
        "Content-Length, a window that is overrun. The connection was ended by GOAWAY, which says why. It is a warning "
        "if no device had a downchannel on it.",
        "Leave framing to an HTTP/2 library, and let it count the body, too.",
        ("C-019", "D-005"),
        EITHER,
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
        "The device_id is not the one used before",
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
        WARNING,
    ),
    FindingCode(
        "auth.state.repeated",
        "The state of /authorize was sent before",
        "`state` protects against forged requests: it is another one each time, and is compared when it returns.",
        "Make a new random `state` for each request.",
        ("D-010",),
        WARNING,
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
        severities=WARNING,
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
