"""Every setting: its default, its names, what it takes and what it refuses."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcloud.clock import SECOND
from mockcloud.settings import (
    NAMES_OF_CLIENTS,
    AccountSettings,
    Behaviour,
    Limits,
    SettingError,
    Settings,
    apply,
    declared,
    from_environment,
    schema,
    zone_of,
)


def test_the_defaults_are_the_documented_ones() -> None:
    settings = Settings()
    assert (settings.host, settings.port, settings.control_port) == ("127.0.0.1", 8443, 8444)
    assert (settings.account.edition, settings.account.strict, settings.account.timezone) == (
        "newer",
        False,
        "Asia/Seoul",
    )
    assert settings.limits == Limits(
        header_block=65536,
        json=1048576,
        json_depth=64,
        audio=60 * SECOND,
        body=8388608,
        journal_entries=10_000,
        journal_bytes=67108864,
        downchannel_parts=256,
    )


def test_values_are_put_over_and_the_rest_stays() -> None:
    changed = apply(
        Settings(port=1),
        {
            "host": "::1",
            "strict": True,
            "behaviour": {"hang_over": "1s", "attachments": "before"},
            "limits": {"body": 10},
            "san": ["a", "b"],
        },
    )
    behaviour = Behaviour(hang_over=SECOND, attachments="before")
    account = AccountSettings(strict=True, behaviour=behaviour)
    assert changed == Settings(host="::1", port=1, san=("a", "b"), account=account, limits=Limits(body=10))


def test_of_several_the_later_wins_member_by_member() -> None:
    first = apply(Settings(), {"behaviour": {"hang_over": "1s", "no_speech": "2s"}, "lang": "ja"})
    second = apply(first, {"behaviour": {"hang_over": "3s"}})
    assert (second.account.behaviour.hang_over, second.account.behaviour.no_speech) == (3 * SECOND, 2 * SECOND)
    assert second.account.lang == "ja"


def test_an_account_has_only_the_settings_of_accounts() -> None:
    assert apply(AccountSettings(), {"edition": "4.4"}).edition == "4.4"
    for name in ("port", "limits", "account"):
        with pytest.raises(SettingError, match="no such setting"):
            apply(AccountSettings(), {name: {}})


@pytest.mark.parametrize(
    ("values", "path", "said"),
    [
        ({"prot": 1}, ("prot",), "did you mean port?"),
        ({"editoin": "4.4"}, ("editoin",), "did you mean edition?"),
        ({"behaviour": {"hangover": "1s"}}, ("behaviour", "hangover"), "did you mean hang_over?"),
        ({"zzz": 1}, ("zzz",), "no such setting"),
        ({"account": {"strict": True}}, ("account",), "no such setting"),
        ({"behaviour": "lenient"}, ("behaviour",), "block"),
        ({"limits": None}, ("limits",), "block"),
        ({"port": "8443"}, ("port",), "whole number"),
        ({"port": True}, ("port",), "whole number"),
        ({"port": -1}, ("port",), "not negative"),
        ({"port": 1.5}, ("port",), "whole number"),
        ({"strict": "true"}, ("strict",), "true or false"),
        ({"strict": 1}, ("strict",), "true or false"),
        ({"edition": "4.3"}, ("edition",), "one of newer, 4.4; did you mean 4.4?"),
        ({"edition": 4.4}, ("edition",), "one of newer, 4.4"),
        ({"edition": ["newer"]}, ("edition",), "one of"),
        ({"host": 1}, ("host",), "text"),
        ({"san": "a,b"}, ("san",), "list of text"),
        ({"san": [1]}, ("san",), "list of text"),
        ({"behaviour": {"hang_over": 5}}, ("behaviour", "hang_over"), "duration"),
        ({"behaviour": {"hang_over": "5"}}, ("behaviour", "hang_over"), "duration"),
        ({"behaviour": {"hang_over": False}}, ("behaviour", "hang_over"), "duration"),
        ({"behaviour": {"hang_over": None}}, ("behaviour", "hang_over"), "duration"),
    ],
)
def test_what_is_refused_is_named_and_explained(values: dict[str, Any], path: tuple[str, ...], said: str) -> None:
    with pytest.raises(SettingError) as caught:
        apply(Settings(), values)
    assert caught.value.path == path
    assert said in str(caught.value)
    assert str(caught.value).startswith(".".join(path))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Asia/Soul", "timezone: there is no time zone 'Asia/Soul'; did you mean Asia/Seoul?"),
        ("Mars/Olympus", "timezone: there is no time zone 'Mars/Olympus': write Asia/Seoul"),
        ("", "there is no time zone ''"),
        ("../../etc/passwd", "there is no time zone '../../etc/passwd'"),
        ("Asia", "there is no time zone 'Asia'"),
    ],
)
def test_a_time_zone_that_is_not_there_is_refused_in_words(name: str, said: str) -> None:
    with pytest.raises(SettingError) as refused:
        zone_of(name)
    assert refused.value.path == ("timezone",)
    assert said in str(refused.value)


@pytest.mark.parametrize("zero", ["0", 0, "0s", "PT0S"])
def test_a_duration_of_nothing_may_be_written_without_unit(zero: Any) -> None:
    assert apply(Settings(), {"behaviour": {"ping_interval": zero}}).account.behaviour.ping_interval == 0


def test_the_environment_speaks_in_words() -> None:
    values, unknown = from_environment(
        {
            "MOCKCLOUD_PORT": "0",
            "MOCKCLOUD_TLS": "off",
            "MOCKCLOUD_SAN": "a, b,",
            "MOCKCLOUD_STRICT": "TRUE",
            "MOCKCLOUD_BEHAVIOUR_HANG_OVER": "1s",
            "MOCKCLOUD_LIMITS_BODY": "10",
            "MOCKCLOUD_PROT": "1",
            "MOCKCLOUD_DEVICE_URL": "https://localhost:1",
            "PATH": "/bin",
        }
    )
    assert unknown == ["MOCKCLOUD_PROT"]
    settings = apply(Settings(), values, text=True)
    assert settings == Settings(
        port=0,
        tls=False,
        san=("a", "b"),
        account=AccountSettings(strict=True, behaviour=Behaviour(hang_over=SECOND)),
        limits=Limits(body=10),
    )


@pytest.mark.parametrize(("word", "value"), [("true", True), ("1", True), ("on", True), ("false", False), ("0", False)])
def test_switches_of_the_environment(word: str, value: bool) -> None:
    assert apply(Settings(), {"tls": word}, text=True).tls is value


@pytest.mark.parametrize("values", [{"tls": "maybe"}, {"port": "eighty"}, {"port": "-1"}, {"port": "9" * 5000}])
def test_words_of_the_environment_that_mean_nothing(values: dict[str, str]) -> None:
    with pytest.raises(SettingError):
        apply(Settings(), values, text=True)


def test_every_setting_is_described_and_has_a_name_of_its_own() -> None:
    every = declared()
    assert len({one.path for one in every}) == len(every)
    variables = {one.variable for one in every}
    assert len(variables) == len(every)
    assert not variables & NAMES_OF_CLIENTS
    for one in every:
        assert one.said, one.path
        assert one.kind in ("text", "number", "switch", "duration", "list", "choice")


def test_every_behaviour_says_which_open_point_it_decides() -> None:
    for one in declared():
        if one.path[0] == "behaviour":
            assert one.item.startswith(("C-", "D-", "K-", "H-")), one.path


def as_in_a_file(one: Any) -> Any:
    """A value of its kind that is not the default, as a file has it."""
    return {
        "text": "text",
        "number": one.default + 1 if isinstance(one.default, int) else 1,
        "switch": not one.default,
        "duration": "77s",
        "list": ["x"],
        "choice": next((choice for choice in one.choices if choice != one.default), None),
    }[one.kind]


@pytest.mark.parametrize("one", declared(), ids=lambda one: ".".join(one.path))
def test_each_setting_can_be_set_in_a_file(one: Any) -> None:
    value: Any = as_in_a_file(one)
    for name in reversed(one.path):
        value = {name: value}
    changed: Any = apply(Settings(), value)
    assert changed != Settings()
    account = one.path[0] in {part.path[0] for part in declared(AccountSettings)}
    place = changed.account if account else changed
    for name in one.path:
        place = getattr(place, name)
    assert place == (77 * SECOND if one.kind == "duration" else ("x",) if one.kind == "list" else as_in_a_file(one))


@pytest.mark.parametrize("scope", ["server", "account"])
def test_the_schema_and_the_reader_take_the_same(scope: Any) -> None:
    from jsonschema import Draft202012Validator

    block: Any = Settings() if scope == "server" else AccountSettings()
    validator = Draft202012Validator(schema(scope))
    leaves: list[Any] = ["0", 0, -1, None, True, "", [], ["x"], {}, 1.5, "5s", "5s3m"]
    for one in declared(type(block)):
        for leaf in [as_in_a_file(one), *leaves]:
            value = leaf
            for name in reversed(one.path):
                value = {name: value}
            try:
                apply(block, value)
            except SettingError:
                taken = False
            else:
                taken = True
            # The schema cannot know the order of units, and knows no 0 without quotes.
            if leaf not in ("5s3m", 0) or isinstance(leaf, bool):
                assert validator.is_valid(value) == taken, (one.path, leaf)


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner))


@given(st.sampled_from(declared()), JSON, st.booleans())
def test_whatever_is_given_is_taken_or_refused_in_words(one: Any, leaf: Any, text: bool) -> None:
    value: Any = str(leaf) if text else leaf
    for name in reversed(one.path):
        value = {name: value}
    with suppress(SettingError):
        apply(Settings(), value, text=text)


def test_settings_are_values() -> None:
    assert replace(Settings()) == Settings()
    assert hash(Settings()) == hash(Settings())
