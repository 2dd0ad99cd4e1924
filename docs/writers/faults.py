"""``faults.md``: every effect, where it may strike and its settings, from the one table of faults."""

from collections.abc import Iterable, Iterator

from docs.writers.markdown import Page, block, code, page, section, sentence, table
from mockcloud.faults.effect import Effect
from mockcloud.faults.effects import EFFECTS
from mockcloud.faults.points import POINTS_OF
from mockcloud.faults.table import exchanges, points

_INTRODUCTION = """\
A fault makes something go wrong on purpose: as `fault` of a rule or a step of a scenario, or by
`PUT /v1/accounts/{account}/faults/{fault}`. `on` says whose exchange, `at` where, `effect` what happens; the settings
of the effect stand beside. `chance` (from the account's seed), `times` (1 unless told, or `always`), `device` and
`after` (account time until it is set) narrow it. `mockcloud faults` lists the same."""

_POSITIONS = """\
A position is `[before|after] POINT [n] [+ 250ms | + 100 bytes | + 50%]`. `headers` (the request's are complete),
`metadata` and `audio` are points of the request; `hello`, `part`, `attachment` and `end` (the closing delimiter) of
the response. A request to an extension has `headers` (it is on its way) and `end` (its answer has come, but for the
end); what a fault makes of the answer is not a finding. A bare point is where it begins. `n` counts from 1 since the
fault was set. Without `at` a fault strikes what is under way at once, the next exchange at the first point of its
effect."""

_CONNECT = """\
`on: connect` strikes a connection before its first request, once at each of its points: `accept` (TCP is there, nothing
was read), `tls` (the ClientHello has come and is to be answered) and `settings` (TLS is done, the cloud's SETTINGS are
what comes next; HTTP/1.1 has none). They are written bare.

Nobody can say then whose device it is. So such a fault belongs to the account that is alone on the listener: one made
with `POST /v1/accounts` `{"listener": "own"}`, which gets a port of its own and answers it as `device_url`, or, for as
long as it is the only account there, one on the shared listener. Where several accounts share a listener it is refused
with 409; so is one more account on the shared listener while a fault on connect is set there. Devices of an account
with a listener of its own connect to that one alone: elsewhere, and on it with a token or a client of another
account, requests are answered 421. Deleting the account closes the listener.

A request of `/token` with a `client_id` that nobody has, and one to CIC with a token that nobody has, belong to the
listener as well: to its account's journal, and `/token` to its faults."""

_EXAMPLE = "fault: {on: downchannel, at: after part 2, effect: reset_stream, code: CANCEL}"


def pages() -> Iterator[Page]:
    yield page(
        "faults.md",
        "Faults",
        _INTRODUCTION,
        block(_EXAMPLE, "yaml"),
        section(
            "Positions", _POSITIONS, table(("On", "Points"), ((code(on), _words(p)) for on, p in POINTS_OF.items()))
        ),
        section("Before the first request", _CONNECT),
        *(section(name, *_effect(effect)) for name, effect in EFFECTS.items()),
    )


def _effect(effect: type[Effect]) -> tuple[str, ...]:
    default = effect()
    settings = (
        (
            code(name),
            f"`{kind.write(getattr(default, name))}`" if getattr(default, name) != "" else "",
            sentence(kind.said),
        )
        for name, kind in effect.settings().items()
    )
    return (
        effect.title() + (" Over sockets only." if effect.needs_socket else ""),
        table(("On", "At"), ((code(on), _words(points(on, effect.name))) for on in exchanges(effect.name))),
        table(("Setting", "Default", "Meaning"), settings),
    )


def _words(words: Iterable[str]) -> str:
    return ", ".join(map(code, words))
