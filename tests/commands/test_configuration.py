"""Where settings come from, and what is said of those that are wrong."""

from pathlib import Path
from typing import Any

import pytest

from mockcloud.clock import MILLISECOND, SECOND
from mockcloud.commands.configuration import configure
from mockcloud.errors import MockcloudError, UnreadableInput
from mockcloud.settings import Settings


def configured(flags: dict[str, Any] | None = None, environ: dict[str, str] | None = None, **more: Any) -> Settings:
    return configure(flags, environ=environ or {}, **more)


def test_without_anything_the_defaults_hold() -> None:
    assert configured() == Settings()


def test_flag_over_environment_over_file_over_default(own_place: Path) -> None:
    (own_place / "mockcloud.yaml").write_text("port: 1001\ncontrol_port: 1002\nlang: ja\n")
    settings = configured({"port": 3001}, {"MOCKCLOUD_PORT": "2001", "MOCKCLOUD_CONTROL_PORT": "2002"})
    assert (settings.port, settings.control_port, settings.account.lang, settings.host) == (
        3001,
        2002,
        "ja",
        "127.0.0.1",
    )


def test_set_comes_after_all(own_place: Path) -> None:
    (own_place / "mockcloud.yaml").write_text("behaviour: {hang_over: 1s, no_speech: 2s}\n")
    environ = {"MOCKCLOUD_BEHAVIOUR_HANG_OVER": "3s"}
    assert configured(environ=environ).account.behaviour.hang_over == 3 * SECOND
    behaviour = configured(environ=environ, changes=["behaviour.hang_over=250ms"]).account.behaviour
    assert (behaviour.hang_over, behaviour.no_speech) == (250 * MILLISECOND, 2 * SECOND)


def test_flags_that_were_not_given_decide_nothing(own_place: Path) -> None:
    (own_place / "mockcloud.yaml").write_text("tls: false\nsan: [a.test]\n")
    settings = configured({"tls": None, "san": ()})
    assert (settings.tls, settings.san) == (False, ("a.test",))
    settings = configured({"tls": True, "san": ("b.test",)})
    assert (settings.tls, settings.san) == (True, ("b.test",))


def test_the_file_is_searched_upwards(own_place: Path) -> None:
    (own_place / "mockcloud.yaml").write_text("port: 1\n")
    below = own_place / "a" / "b"
    below.mkdir(parents=True)
    assert configured(folder=below).port == 1
    (own_place / "a" / "mockcloud.yaml").write_text("port: 2\n")
    assert configured(folder=below).port == 2


def test_another_file_by_flag_or_environment(own_place: Path) -> None:
    (own_place / "mockcloud.yaml").write_text("port: 1\n")
    (own_place / "other.yaml").write_text("port: 2\n")
    assert configured(config=own_place / "other.yaml").port == 2
    assert configured(environ={"MOCKCLOUD_CONFIG": str(own_place / "other.yaml")}).port == 2


@pytest.mark.parametrize("text", ["", "# nothing yet\n"])
def test_an_empty_file_says_nothing(own_place: Path, text: str) -> None:
    (own_place / "mockcloud.yaml").write_text(text)
    assert configured() == Settings()


def test_places_in_a_file_are_relative_to_it(own_place: Path) -> None:
    (own_place / "mockcloud.yaml").write_text("certs: ca\nkeylog: /tmp/keys\n")
    (own_place / "below").mkdir()
    settings = configured(folder=own_place / "below")
    assert (settings.certs, settings.keylog) == (str(own_place / "ca"), "/tmp/keys")


def test_every_mistake_of_a_file_has_line_column_and_cure(own_place: Path) -> None:
    file = own_place / "mockcloud.yaml"
    file.write_text("prt: 1\nbehaviour:\n  hangover: 1s\n  speak_by: post\nedition: '5'\n")
    with pytest.raises(UnreadableInput) as caught:
        configured()
    assert [(p.line, p.column) for p in caught.value.problems] == [(1, 1), (3, 3), (4, 13), (5, 10)]
    text = str(caught.value)
    assert f"{file}:1:1:" in text
    assert "Did you mean `port`?" in text
    assert "Did you mean `hang_over`?" in text


def test_broken_yaml_has_its_place(own_place: Path) -> None:
    file = own_place / "mockcloud.yaml"
    file.write_text("port: 1\nsan: [a, b\n")
    with pytest.raises(UnreadableInput, match=rf"^{file}:\d+:\d+: "):
        configured()


def test_what_no_schema_can_say_has_its_place_too(own_place: Path) -> None:
    (own_place / "mockcloud.yaml").write_text("port: 1\ntimezone: Asia/Soul\n")
    with pytest.raises(UnreadableInput, match=r"mockcloud.yaml:2:11: .*did you mean Asia/Seoul"):
        configured()


def test_a_wrong_variable_is_named(own_place: Path) -> None:
    with pytest.raises(MockcloudError, match=r"^MOCKCLOUD_BEHAVIOUR_SPEAK_BY: 'post' is not one of cid, url"):
        configured(environ={"MOCKCLOUD_BEHAVIOUR_SPEAK_BY": "post"})


def test_a_variable_that_means_nothing_is_a_warning() -> None:
    warnings: list[str] = []
    settings = configured(environ={"MOCKCLOUD_PROT": "1", "MOCKCLOUD_CA_FILE": "x"}, warn=warnings.append)
    assert settings == Settings()
    assert warnings == ["MOCKCLOUD_PROT is not a setting; did you mean MOCKCLOUD_PORT?"]
