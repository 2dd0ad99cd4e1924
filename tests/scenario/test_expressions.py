"""``${...}``: values keep their type, nothing unsafe or endless is possible, mistakes are said."""

import copy
import pickle
from datetime import datetime
from typing import Any

import pytest

from mockcloud.scenario.expressions import ExpressionError, Template, parsed, rendered, scope, templates, unknown
from mockcloud.vocabulary import Ids


def known(seed: str = "s") -> dict[str, Any]:
    ids = Ids(seed)
    return scope(
        now=datetime.fromisoformat("2026-01-01T09:00:00+09:00"),
        account={"id": "default", "lang": "ko"},
        uuid=ids.uuid,
        seed=lambda: ids.token("fake"),
        event={"payload": {"items": [1, 2], "keys": "k", "text": "날씨"}},
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("${event.payload.items}", [1, 2]),
        ("${event.payload.items[1] * 3}", 6),
        ("${event.payload.items | length}", 2),
        ("${event.payload.text}?", "날씨?"),
        ("${event.payload.keys}", "k"),
        ("${event.payload.none | default('x')}", "x"),
        ("${1 == 1}", True),
        ("is ${1 == 1}", "is true"),
        ("${now}", "2026-01-01T09:00:00+09:00"),
        ("${now + '1h30m'}", "2026-01-01T10:30:00+09:00"),
        ("${now - 'PT1M'}", "2026-01-01T08:59:00+09:00"),
        ("${account.lang}-${account.id}", "ko-default"),
        ("${ {'a': {'b': '}'}} }", {"a": {"b": "}"}}),
        ("$${event}", "${event}"),
        ("a $${b} ${1}", "a ${b} 1"),
        ("${none}", None),
    ],
)
def test_values_keep_their_type(text: str, value: Any) -> None:
    assert rendered(parsed(text), known()) == value


def test_chance_comes_from_the_seed_alone() -> None:
    text = parsed("${fake.name()} ${fake.random_int(min=1, max=1000000)} ${uuid()}")
    assert rendered(text, known()) == rendered(text, known())
    assert rendered(text, known()) != rendered(text, known("other"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("${", "no closing brace"),
        ("${}", "nothing between"),
        ("${1 +}", "not an expression"),
        ("${1) }} {{ (1}", "not an expression"),
        ("${x | nosuch}", "No filter named"),
        ("${fake.nosuch()}", "no fake.nosuch"),
        ("${fake.date_this_year()}", "no fake.date_this_year"),
        ("${" + "1+" * 600 + "1}", "at most 1000"),
        ("${% for x in y %}", "not an expression"),
        # evaluated at once, since they read no names
        ("${'a' * 1000000000}", "two numbers"),
        ("${[1] * 1000000000}", "two numbers"),
        ("${'%1000000000d' % 1}", "two numbers"),
        ("${10 ** 10 ** 10}", "too large"),
        ("${'a'.__class__}", "unsafe"),
        ("${'{0:>1000000000}'.format(1)}", "not safely callable"),
        ("${[].append(1)}", "not safely callable"),
        ("${1 / 0}", "division"),
    ],
)
def test_what_is_broken_or_unsafe_or_endless_is_refused(text: str, said: str) -> None:
    with pytest.raises(ExpressionError, match=said.replace("(", r"\(")):
        parsed(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("${event.payload.none}", "none"),
        ("${nobody}", "nobody"),
        ("${fake.name}", "write fake.name"),
        ("${fake.text(max_nb_chars=100000000)}", "above 1000"),
        ("${event.payload.text | replace('', event.payload.text) | replace('', '" + "x" * 900 + "')}", ""),
        ("${now + 'soon'}", "duration"),
        ("${now.date}", "unsafe"),
    ],
)
def test_what_has_no_value_now_is_said_when_it_is_used(text: str, said: str) -> None:
    template = parsed(text)
    if said:
        with pytest.raises(ExpressionError, match=said):
            rendered(template, known())


def test_a_template_knows_the_names_it_reads() -> None:
    template = parsed("${speak.payload.token} ${uuid()}")
    assert isinstance(template, Template)
    assert template.names == {"speak", "uuid"}
    assert list(unknown(template, ["uuid", "speek"])) == [("speak", "did you mean speek?")]


def test_what_is_bound_is_no_name_any_more() -> None:
    bound = {"delay": "5m", "city": "Seoul"}
    assert parsed("in ${city}", bound) == "in Seoul"
    mixed = parsed("${now + delay}", bound)
    assert mixed.names == {"now"}
    assert rendered(mixed, known()) == "2026-01-01T09:05:00+09:00"


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_template_is_plain_data(copied: Any) -> None:
    template = copied(parsed("${event.payload.text}!"))
    assert template == "${event.payload.text}!"
    assert template.value(known()) == "날씨!"


def test_templates_are_found_with_their_places() -> None:
    value = {"a": [1, parsed("${now}")], "b": "x"}
    assert [path for path, _ in templates(value)] == [("a", 1)]
