"""What is found about extensions: their models, their answers, the links of their users."""

from mockcloud.vocabulary.codes.code import EITHER, WARNING, FindingCode

EXTENSIONS = (
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
        EITHER,
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
        EITHER,
    ),
    FindingCode(
        "extension.encoding",
        "The extension's answer is not in plain UTF-8",
        "An answer is in UTF-8 and not compressed, since nothing else was asked for. gzip, a byte order mark and a "
        "wrong `charset` are put up with; bytes that are not UTF-8 are a failure.",
        "Send UTF-8, without Content-Encoding.",
        ("K-093", "K-131"),
        EITHER,
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
        WARNING,
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
