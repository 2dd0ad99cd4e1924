"""``${...}``: expressions in the texts of a scenario.

An expression is one of Jinja, sandboxed: it reads names, calculates, calls ``uuid()`` and ``fake.name()``, and uses
the filters in `FILTERS`. A text that is nothing but one expression has its value, of whatever type; in a longer text
it becomes a part of the text. ``$${`` stands for ``${``. Nothing can run for ever or grow without end: there are no
loops, no calls beside those two, and what multiplies is held to `LARGEST`.
"""

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Self

from mockcloud.clock import duration
from mockcloud.vocabulary.value import Value

LONGEST = 1000
"""Characters of an expression."""
LARGEST = 100_000
"""Characters or elements that one operation may make."""
FAKES = (
    *("address", "boolean", "city", "color_name", "company", "country", "email", "file_name", "first_name"),
    *("ipv4", "isbn13", "job", "last_name", "latitude", "longitude", "mac_address", "name", "phone_number"),
    *("postcode", "random_digit", "random_int", "sentence", "text", "url", "user_name", "uuid4", "word", "words"),
)
"""What ``fake`` offers: the providers of Faker that depend on nothing but the seed."""
_LOCALES = {"ko": "ko_KR", "ja": "ja_JP", "en": "en_US", "zh": "zh_CN"}


class ExpressionError(ValueError):
    """An expression that cannot be read, or that has no value now; ``hint`` is what to do about it."""

    def __init__(self, said: str, hint: str = "") -> None:
        self.hint = hint
        super().__init__(said)


class Template(str):
    """A text with expressions in it. It is its own source, so that it can be shown, compared and copied as text."""

    __slots__ = ("bound", "parts")
    parts: tuple[tuple[str, bool], ...]
    """Pieces of the text, and whether each is an expression."""
    bound: Mapping[str, Any]
    """Names that have their values already: a row of ``cases``."""

    def __new__(cls, text: str, parts: Iterable[tuple[str, bool]], bound: Mapping[str, Any]) -> Self:
        made = super().__new__(cls, text)
        made.parts = tuple(parts)
        made.bound = bound
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Template, (str(self), self.parts, self.bound)

    @property
    def names(self) -> frozenset[str]:
        """The names that its expressions read and that have no value yet."""
        read = (name for text, is_code in self.parts if is_code for name in _read(text))
        return frozenset(name for name in read if name not in self.bound)

    def value(self, names: Mapping[str, Any]) -> Any:
        """What it comes to. Raises `ExpressionError`."""
        names = {**names, **self.bound}
        if len(self.parts) == 1 and self.parts[0][1]:
            return _evaluated(self.parts[0][0], names)
        return "".join(_text(_evaluated(text, names)) if is_code else text for text, is_code in self.parts)


def parsed(text: str, bound: Mapping[str, Any] | None = None) -> Any:
    """The text as it is; its value if nothing but ``bound`` is needed for it; else a `Template`.

    Raises `ExpressionError` for an expression that is broken.
    """
    if "${" not in text:
        return text
    template = Template(text, _split(text), bound or {})
    return template if template.names else template.value({})


def rendered(value: Any, names: Mapping[str, Any]) -> Any:
    """JSON with the templates in it replaced by their values. Raises `ExpressionError`."""
    if isinstance(value, Template):
        return value.value(names)
    if isinstance(value, Mapping):
        return {name: rendered(item, names) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [rendered(item, names) for item in value]
    return value


def templates(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Template]]:
    """Every template in JSON, with its place."""
    if isinstance(value, Template):
        yield path, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from templates(item, (*path, name))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from templates(item, (*path, index))


def scope(
    *,
    now: datetime,
    account: Mapping[str, Any],
    uuid: Callable[[], str],
    seed: Callable[[], str],
    lang: str = "ko",
    **more: Any,
) -> dict[str, Any]:
    """The names that every expression may read: ``now``, ``account``, ``uuid()``, ``fake``, and ``more``."""
    return {"now": Moment(now), "account": account, "uuid": Uuid(uuid), "fake": Fake(lang, seed), **more}


COMMON = ("now", "account", "uuid", "fake")
"""The names that every expression may read."""


class Moment(Value, frozen=True):
    """A date with a time zone. ``now + '5m'`` and ``now - '1h30m'`` are dates too; as a value it is ISO 8601."""

    date: datetime

    def __add__(self, by: str) -> "Moment":
        return Moment(self.date + timedelta(microseconds=duration(by) // 1000))

    def __sub__(self, by: str) -> "Moment":
        return Moment(self.date - timedelta(microseconds=duration(by) // 1000))

    def __str__(self) -> str:
        return self.date.isoformat(timespec="milliseconds" if self.date.microsecond else "seconds")


class Uuid(Value, frozen=True):
    """``uuid()``: a new identifier, by the seed."""

    make: Callable[[], str]

    def __call__(self) -> str:
        return self.make()


class Fake:
    """``fake``: Faker in a language, seeded when it is first used."""

    __slots__ = ("_faker", "_lang", "_seed")

    def __init__(self, lang: str, seed: Callable[[], str]) -> None:
        self._lang = lang
        self._seed = seed
        self._faker: Any = None

    def provider(self, name: str) -> "Provider":
        if self._faker is None:
            self._faker = _faker(_LOCALES.get(self._lang, "en_US"))
            self._faker.seed_instance(self._seed())
        return Provider(name, getattr(self._faker, name))


class Provider(Value, frozen=True):
    """``fake.name``, to be called."""

    name: str
    make: Callable[..., Any]

    def __call__(self, **settings: Any) -> Any:
        if self.name != "random_int" and any(isinstance(size, int) and size > 1000 for size in settings.values()):
            raise ExpressionError(f"fake.{self.name}: no size may be above 1000")
        try:
            return self.make(**settings)
        except (TypeError, ValueError, AssertionError) as error:
            raise ExpressionError(f"fake.{self.name}: {error}") from None


@lru_cache(maxsize=8)
def _faker(locale: str) -> Any:
    from faker import Faker

    return Faker(locale)


def _split(text: str) -> Iterator[tuple[str, bool]]:
    """Pieces of text and of code, in turn."""
    literal, at = "", 0
    while (start := text.find("${", at)) >= 0:
        if start and text[start - 1] == "$":
            literal += text[at:start] + "{"
            at = start + 2
            continue
        end = _closing(text, start + 2)
        literal += text[at:start]
        if literal:
            yield literal, False
        literal = ""
        yield text[start + 2 : end].strip(), True
        at = end + 1
    literal += text[at:]
    if literal:
        yield literal, False


def _closing(text: str, start: int) -> int:
    """Where the brace is that closes an expression; braces in it and in its quoted texts do not."""
    depth, quote, at = 0, "", start
    while at < len(text):
        char = text[at]
        if quote:
            if char == "\\":
                at += 1
            elif char == quote:
                quote = ""
        elif char in "\"'":
            quote = char
        elif char == "{":
            depth += 1
        elif char == "}":
            if not depth:
                return at
            depth -= 1
        at += 1
    raise ExpressionError(f"`${{{text[start : start + 30]}` has no closing brace", "write $${ if ${ is meant as text")


@lru_cache(maxsize=4096)
def _read(source: str) -> frozenset[str]:
    """The names that an expression reads. Raises `ExpressionError` if it is none."""
    from jinja2 import TemplateError, meta, nodes

    if not source:
        raise ExpressionError("there is nothing between the braces", "write $${} if ${} is meant as text")
    if len(source) > LONGEST:
        raise ExpressionError(f"an expression has at most {LONGEST} characters")
    environment = _environment()
    try:
        tree = environment.parse("{{ (" + source + ") }}")
        environment.compile_expression(source)
    except (TemplateError, RecursionError) as error:
        raise ExpressionError(f"`{source}` is not an expression: {error}", _filter_hint(str(error))) from None
    body = tree.body[0] if len(tree.body) == 1 else None
    if not (isinstance(body, nodes.Output) and len(body.nodes) == 1):
        raise ExpressionError(f"`{source}` is not an expression")
    for place in tree.find_all(nodes.Getattr):
        if isinstance(place.node, nodes.Name) and place.node.name == "fake" and place.attr not in FAKES:
            raise ExpressionError(f"there is no fake.{place.attr}", _meant(place.attr, FAKES))
    return frozenset(meta.find_undeclared_variables(tree))


def unknown(template: Template, known: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The names that a template reads and nobody knows, each with what was probably meant or what there is."""
    there = sorted(known)
    for name in sorted(template.names - set(there)):
        yield name, _meant(name, there)


def _meant(word: str, words: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(words), 1)
    return f"did you mean {near[0]}?" if near else f"there are: {', '.join(words)}"


def _filter_hint(said: str) -> str:
    return f"filters: {', '.join(sorted(FILTERS))}" if "filter named" in said else ""


def _evaluated(source: str, names: Mapping[str, Any]) -> Any:
    from jinja2 import TemplateError, Undefined

    _read(source)
    try:
        value = _compiled(source)(**names)
        if isinstance(value, Undefined):
            value._fail_with_undefined_error()
        return _plain(value, source)
    except ExpressionError as error:
        raise ExpressionError(f"${{{source}}}: {error}") from None
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, RecursionError) as error:
        raise ExpressionError(f"${{{source}}} has no value: {error}") from None


def _plain(value: Any, source: str) -> Any:
    """JSON of what an expression comes to."""
    if isinstance(value, Moment):
        return str(value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Mapping):
        return {str(name): _plain(item, source) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, source) for item in value]
    hint = " (it is called: write fake.name())" if isinstance(value, Uuid | Fake | Provider) else ""
    raise ExpressionError(f"{type(value).__name__} is not a value of JSON{hint}")


def _text(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: ""}[value]
    if isinstance(value, dict | list):
        import json

        return json.dumps(value, ensure_ascii=False)
    return str(value)


@lru_cache(maxsize=4096)
def _compiled(source: str) -> Callable[..., Any]:
    compiled: Callable[..., Any] = _environment().compile_expression(source, undefined_to_none=False)
    return compiled


@lru_cache(maxsize=1)
def _environment() -> Any:
    """Jinja comes with Quart; it is imported when the first expression is read."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Sandbox(ImmutableSandboxedEnvironment):
        intercepted_binops = frozenset({"*", "**", "%"})

        def is_safe_callable(self, obj: Any) -> bool:
            return isinstance(obj, Uuid | Provider)

        def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
            return not isinstance(obj, str | Moment) and super().is_safe_attribute(obj, attr, value)

        def getattr(self, obj: Any, attribute: str) -> Any:
            if isinstance(obj, Fake):
                return obj.provider(attribute) if attribute in FAKES else self.undefined(obj=obj, name=attribute)
            if isinstance(obj, Mapping):
                return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
            return super().getattr(obj, attribute)

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            if not (isinstance(left, int | float) and isinstance(right, int | float)):
                raise ExpressionError(f"{operator} takes two numbers")
            if operator == "**" and not (abs(left) <= LARGEST and abs(right) <= 64):
                raise ExpressionError("the power is too large")
            return super().call_binop(context, operator, left, right)

    environment = Sandbox(undefined=StrictUndefined, autoescape=False)
    environment.globals.clear()
    own: dict[str, Callable[..., Any]] = {"replace": _replace, "join": _join}
    environment.filters = {name: own.get(name, environment.filters.get(name)) for name in FILTERS}
    return environment


FILTERS = (
    *("abs", "capitalize", "default", "first", "float", "int", "join", "last", "length", "lower", "max", "min"),
    *("replace", "round", "sort", "string", "sum", "trim", "truncate", "unique", "upper", "urlencode"),
)


def _replace(text: str, old: str, new: str) -> str:
    text = str(text)
    if text.count(old) * len(new) > LARGEST:
        raise ExpressionError("replace makes the text too long")
    return text.replace(old, new)


def _join(items: Iterable[Any], between: str = "") -> str:
    texts = [str(item) for item in items]
    if sum(map(len, texts)) + len(texts) * len(between) > LARGEST:
        raise ExpressionError("join makes the text too long")
    return str(between).join(texts)
