"""The headers by which a device says what it is: ``User-Agent`` and ``X-Clova-Device-Tags``.

The grammar is that of ``cic/guide-interact-with-cic.md § User-Agent string`` (D-002), in its own words:

    word      = 1*( letter | digit | "_" | "-" | "." )
    string    = word *( *" " word )
    version   = number "." number "." number [ "-" release ] [ "+" build ]
    release   = safe_word *( "." safe_word )                build likewise
    safe_word = 1*( letter | digit | "_" )
    property  = word "=" 1*( letter | digit | "_" | "-" | "." | "%" )

    manufacturer / product / version (os; hardware [; property]...)

with at most one blank on either side of ``/`` and ``;`` and before ``(``. The text prints the third number of a
version as the literal ``"number"``; its examples show what is meant.
"""

import re
from typing import NoReturn
from urllib.parse import unquote

from mockcloud.vocabulary import Finding
from mockcloud.vocabulary.value import Value

MISSING = "request.user-agent.missing"
GRAMMAR = "request.user-agent.grammar"
VERSION = "request.user-agent.version"
EMPTY_TAG = "request.device-tags.empty"

_USER_AGENT_SECTION = "cic/guide-interact-with-cic.md § User-Agent string"
_TAGS_SECTION = "newer/CIC_API.md § Request header"

_WORD = r"[A-Za-z0-9_.\-]++"
_STRING = rf"({_WORD}(?: ++{_WORD})*+)"
_DOTTED = r"[A-Za-z0-9_]++(?:\.[A-Za-z0-9_]++)*+"
_VERSION = rf"((?:[0-9]++\.){{2}}[0-9]++(?:-{_DOTTED})?+(?:\+{_DOTTED})?+)"
_PROPERTIES = rf"((?: ?; ?{_WORD}=[A-Za-z0-9_.%\-]++)*+)"
_LETTERS = "letters, digits, _ - . and blanks"

# Every piece takes as much as it can and gives nothing back, so reading them one after the other, which finds the
# place of a mistake, and all at once, which is quick, come to the same.
_PIECES = tuple(
    (re.compile(pattern, re.ASCII), expected, code)
    for pattern, expected, code in (
        (_STRING, f"the manufacturer ({_LETTERS})", GRAMMAR),
        (" ?/ ?", "'/' after the manufacturer", GRAMMAR),
        (_STRING, f"the product ({_LETTERS})", GRAMMAR),
        (" ?/ ?", "'/' after the product", GRAMMAR),
        (_VERSION, "a version such as 1.0.1, 1.0.1-beta or 1.0.1+build.7", VERSION),
        (r" ?\(", "'(' after the version", GRAMMAR),
        (_STRING, f"the operating system ({_LETTERS})", GRAMMAR),
        (" ?; ?", "';' after the operating system", GRAMMAR),
        (_STRING, f"the hardware ({_LETTERS})", GRAMMAR),
        (_PROPERTIES, "properties", GRAMMAR),
        (r"\)", "';key=value' (the value percent-encoded) or ')'", GRAMMAR),
        (r"\Z", "nothing after ')'", GRAMMAR),
    )
)
_WHOLE = re.compile("".join(piece.pattern for piece, _, _ in _PIECES), re.ASCII)
_LEADING_ZERO = re.compile(r"(?:^|\.)(0[0-9]+)")


class UserAgent(Value, frozen=True):
    """``manufacturer/product/version (os;hardware;key=value...)``; the values of ``extra`` are percent-decoded."""

    manufacturer: str
    product: str
    version: str
    os: str
    hardware: str
    extra: tuple[tuple[str, str], ...] = ()


class UserAgentError(ValueError):
    """A text that breaks the grammar, and where: ``position`` counts characters from 1."""

    def __init__(self, said: str, position: int, code: str = GRAMMAR) -> None:
        super().__init__(said)
        self.position = position
        self.code = code


def parse(text: str) -> UserAgent:
    """Read a User-Agent by the grammar (D-002). Raises `UserAgentError` at the first place that breaks it."""
    found = _WHOLE.match(text)
    if found is None:
        _explain(text)
    manufacturer, product, version, system, hardware, properties = found.groups()
    extra = (pair.strip().partition("=") for pair in properties.split(";")[1:])
    return UserAgent(
        manufacturer, product, version, system, hardware, tuple((key, unquote(value)) for key, _, value in extra)
    )


def _explain(text: str) -> NoReturn:
    at = 0
    for piece, expected, code in _PIECES:
        found = piece.match(text, at)
        if found is None:
            rest = text[at : at + 20]
            seen = f"not {rest!r}" if rest else "but it ends there"
            raise UserAgentError(f"User-Agent, position {at + 1}: expected {expected}, {seen}", at + 1, code)
        at = found.end()
    raise AssertionError(f"{text!r} is a User-Agent in pieces but not as a whole")


def check(text: str | None) -> list[Finding]:
    """What is wrong with a request's User-Agent (C-022, D-001..D-003): one finding at most."""
    if text is None or not text.strip():
        said = "there is no User-Agent: write Manufacturer/Product/1.0.0 (OS;Hardware)"
        return [Finding(MISSING, said, "user-agent", ("D-001", "C-022"), source=_USER_AGENT_SECTION)]
    try:
        agent = parse(text)
    except UserAgentError as error:
        because = ("D-002", "D-003", "C-022") if error.code == VERSION else ("D-002", "C-022")
        return [Finding(error.code, str(error), "user-agent", because, source=_USER_AGENT_SECTION)]
    return _leading_zeros(agent, text)


def _leading_zeros(agent: UserAgent, text: str) -> list[Finding]:
    found = _LEADING_ZERO.search(re.split("[-+]", agent.version)[0])
    if found is None:
        return []
    place = text.index(agent.version, text.index("/", text.index("/") + 1)) + 1
    said = f"User-Agent, position {place}: {agent.version!r} is not a semantic version, {found[1]!r} has a leading zero"
    return [Finding(VERSION, said, "user-agent", ("D-003", "C-022"), source=_USER_AGENT_SECTION)]


def device_tags(value: str | None) -> tuple[tuple[str, ...], list[Finding]]:
    """The tags of ``X-Clova-Device-Tags: Tag1,Tag2,...`` in their order, each once (C-023, D-007).

    The header is optional. Blanks around a tag are not part of it; an empty tag is left out and is a finding.
    """
    if value is None:
        return (), []
    tags = [tag.strip() for tag in value.split(",")]
    named = tuple(dict.fromkeys(tag for tag in tags if tag))
    if "" not in tags:
        return named, []
    place = tags.index("") + 1
    said = f"X-Clova-Device-Tags: tag {place} is empty in {value!r}, expected Tag1,Tag2,..."
    return named, [Finding(EMPTY_TAG, said, "x-clova-device-tags", ("D-007", "C-023"), source=_TAGS_SECTION)]
