"""Every content template against the tables of its page (templates.yaml) and against the page's own examples.

What a table allows passes; each thing that it forbids gives one violation, at its place.
"""

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from mockcloud.catalogue import EDITIONS, Catalogue
from mockcloud.catalogue.documents import load
from mockcloud.catalogue.explanation import explain
from mockcloud.vocabulary import Finding

CATALOGUE = Catalogue.load()
HERE = Path(__file__).parent
TIMES = ["2026-03-02T09:00:00Z", "2026-03-02T18:00:00+09:00", "20260302 18:00"]
DATES = ["2026-03-02", "20260302"]

# What the page of shared objects says: the object's `type`, and values that are right and wrong for it.
OBJECTS: dict[str, tuple[list[str], list[Any], list[Any]]] = {
    "StringObject": (["string"], ["", "글"], [5, True, ["a"]]),
    "NumberObject": (["number"], ["19,304,213", "2m/s"], [5, False]),
    "PercentageObject": (["percentage"], [20.2341, 0, "20%"], [True, ["20%"]]),
    "TemperatureCObject": (["temperature-c", "temperature"], [31, -4, 0.5, "-4"], [False, {"c": 1}]),
    "URLObject": (["url"], ["", "https://a.invalid/b?c=d"], [5]),
    "PhoneNumberObject": (["phoneNum"], ["031-784-1000"], [317841000]),
    "DateObject": (["date"], DATES, [20260302, "2026-13-02", "260302", "2026-03-02T09:00:00Z", ""]),
    "DateTimeObject": (["datetime"], TIMES, [20260302, "2026-03-02T25:00:00Z", "2026-03-02", "20260302 9:00", ""]),
    "ActionObject": (["action"], ["clova://guide/talking", ""], [5, "https://a.invalid", "clova://guide"]),
}


@dataclass(frozen=True)
class Field:
    """One row of a table; ``path`` is where the field stands, ``[]`` an entry of a list."""

    path: str
    objects: tuple[str, ...]
    expected: bool
    words: tuple[str, ...]
    lenient: bool
    also: tuple[Any, ...]

    @property
    def plain(self) -> bool:
        """A text that is not an object."""
        return self.objects == ("string",)

    def right(self) -> Iterator[Any]:
        for name in self.objects if not self.plain else ():
            types, values, _ = OBJECTS[name]
            for kind in types:
                yield from ({"type": kind, "value": value} for value in (self.words or (*values, *self.also)))
        if self.plain:
            yield from self.words

    def wrong(self) -> Iterator[tuple[Any, str]]:
        """Values that the table forbids, and where in them the mistake stands."""
        yield from ((value, "") for value in (5, None, ["x"]))
        if self.plain:
            yield f"{self.words[1]}X", ""
            if "" not in self.words:
                yield "", ""
            return
        yield "text", ""
        for name in self.objects:
            types, values, wrong = OBJECTS[name]
            good = self.words[0] if self.words else values[0]
            yield {"value": good}, ".type"
            yield {"type": types[0]}, ".value"
            yield from (({"type": kind, "value": good}, ".type") for kind in (f"{types[0]}s", None, 5))
            yield from (({"type": types[0], "value": value}, ".value") for value in wrong if value not in self.also)
            if None not in self.also:
                yield {"type": types[0], "value": None}, ".value"
            if self.words and not self.lenient:
                yield {"type": types[0], "value": f"{self.words[1]}X"}, ".value"


@dataclass(frozen=True)
class Page:
    name: str
    fields: tuple[Field, ...]
    instead: dict[str, str]

    def __str__(self) -> str:
        return self.name


COMMON = {"failureMessage": "StringObject", "meta.version": "StringObject", "actionList[]": "ActionObject"}


def pages() -> Iterator[Page]:
    for row in load((HERE / "templates.yaml").read_text(encoding="utf-8"), file="templates.yaml").value:
        at = f"{row['list']}[]." if "list" in row else ""
        fields = [field(at + path, told) for path, told in row["fields"].items()]
        fields += [field(path, told) for path, told in COMMON.items()]
        yield Page(row["template"], tuple(fields), row.get("instead", {}))


def field(path: str, told: str) -> Field:
    objects, *rest = told.split()
    words = next((word for word in rest if "|" in word), "")
    also = [{"empty": "", "null": None}[word] for word in rest if word in ("empty", "null")]
    return Field(
        path,
        tuple(objects.split("/")),
        "!" in rest,
        tuple(word.strip("'") for word in words.split("|")) if words else (),
        "lenient" in rest,
        tuple(also),
    )


PAGES = list(pages())
EACH = pytest.mark.parametrize("page", PAGES, ids=str)


def full(page: Page) -> dict[str, Any]:
    """A template with every field of its table, each list with one entry."""
    made = CATALOGUE.example("template", page.name, full=True)
    for row in page.fields:
        steps, inner = steps_of(row.path), made
        for step, following in pairwise(steps):
            if isinstance(inner, dict):
                inner.setdefault(step, [{}] if following == 0 else {})
            inner = inner[step]
        value = next(row.right())
        if isinstance(inner, list):
            inner[:] = [value]
        else:
            inner[steps[-1]] = value
    return made


def steps_of(path: str) -> list[Any]:
    return [0 if entry else name for name, entry in re.findall(r"([^.\[\]]+)|(\[\])", path)]


def put(template: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    made = copy.deepcopy(template)
    inner: Any = made
    *way, last = steps_of(path)
    for step in way:
        inner = inner[step]
    inner[last] = value
    return made


def left_out(template: dict[str, Any], path: str) -> dict[str, Any]:
    made = copy.deepcopy(template)
    inner: Any = made
    *way, last = steps_of(path.removesuffix("[]"))
    for step in way:
        inner = inner[step]
    del inner[last]
    return made


def of(findings: list[Finding], severity: str) -> list[str]:
    return [finding.path for finding in findings if finding.severity == severity]


def violations(template: Any) -> list[str]:
    return of(CATALOGUE.check_template(template), "violation")


@pytest.mark.spec("C-177")
def test_there_are_the_23_templates_of_the_guide_in_both_editions() -> None:
    for edition in EDITIONS:
        assert CATALOGUE.names("template", edition) == sorted(page.name for page in PAGES)
    assert len(PAGES) == 23


@EACH
@pytest.mark.spec("C-177")
def test_what_the_table_allows_passes(page: Page) -> None:
    template = full(page)
    assert violations(template) == []
    assert violations(template | {"unknown": 5}) == []
    for row in page.fields:
        for value in row.right():
            assert CATALOGUE.check_template(put(template, row.path, value)) == [], (row.path, value)
        if row.path.endswith("[]"):
            assert violations(put(template, row.path.removesuffix("[]"), [])) == []


@EACH
@pytest.mark.spec("C-177")
def test_what_the_table_forbids_is_named_once_at_its_place(page: Page) -> None:
    template = full(page)
    for row in page.fields:
        for value, inside in row.wrong():
            place = row.path.replace("[]", "[0]") + inside
            assert violations(put(template, row.path, value)) == [place], (row.path, value)


@EACH
@pytest.mark.spec("C-177")
def test_lists_and_what_stands_in_them(page: Page) -> None:
    template = full(page)
    for path in {row.path.partition("[]")[0] for row in page.fields if "[]" in row.path}:
        assert violations(put(template, path, {"x": 1})) == [path]
        assert violations(put(template, path, None)) == [path]
        assert violations(put(template, path, ["text"])) == [f"{path}[0]"]


@EACH
@pytest.mark.spec("C-177")
def test_only_what_the_text_calls_always_there_has_to_be_there(page: Page) -> None:
    template = full(page)
    for path in ("type", "failureMessage", "meta", "meta.version"):
        assert violations(left_out(template, path)) == [path]
    for row in page.fields:
        if row.path in COMMON and row.path != "actionList[]":
            continue
        path = row.path.removesuffix("[]")
        findings = CATALOGUE.check_template(left_out(template, path))
        assert of(findings, "violation") == [], path
        if row.expected:
            assert of(findings, "warning") == [path.replace("[]", "[0]")]


@EACH
@pytest.mark.spec("C-177")
def test_the_least_and_the_most_are_flawless_in_both_languages(page: Page) -> None:
    for locale, script in (("ko_KR", "[가-힣]"), ("ja_JP", "[ぁ-んァ-ヶ]")):
        for whole in (False, True):
            template = CATALOGUE.example("template", page.name, full=whole, locale=locale)
            assert CATALOGUE.check_template(template) == []
            assert re.search(script, template["failureMessage"]["value"])


@EACH
@pytest.mark.spec("C-177")
def test_words_of_a_closed_list_and_of_an_open_one(page: Page) -> None:
    template = full(page)
    for row in page.fields:
        if row.words and row.lenient:
            findings = CATALOGUE.check_template(put(template, row.path, {"type": "string", "value": "other"}))
            assert [(f.path, f.severity) for f in findings] == [
                (f"{row.path.replace('[]', '[0]')}.value", "warning")
            ], row.path


@EACH
def test_the_spelling_of_the_example_is_read_too(page: Page) -> None:
    for name, other in page.instead.items():
        template = full(page)
        template[other] = template.pop(name)
        findings = CATALOGUE.check_template(template)
        assert [(f.path, f.severity, f.code) for f in findings] == [(other, "warning", "template.spelling")]
        template[other] = 5
        assert violations(template) == [other]


@EACH
def test_no_schema_has_fields_that_the_table_has_not(page: Page) -> None:
    schema = CATALOGUE.schema("template", page.name)
    assert schema is not None
    tabled = {re.split(r"[.\[]", row.path)[0] for row in page.fields}
    assert set(schema["properties"]) == tabled | {"type"} | set(page.instead.values())


# By its type, alone or in RenderTemplate


@pytest.mark.parametrize("edition", EDITIONS)
@EACH
@pytest.mark.spec("C-177")
def test_render_template_judges_its_payload_by_its_type(page: Page, edition: Any) -> None:
    template = full(page)
    row = next(row for row in page.fields if not row.plain)
    for payload, path in ((template, None), (put(template, row.path, "text"), row.path.replace("[]", "[0]"))):
        findings = CATALOGUE.check_payload("directive", "Clova.RenderTemplate", payload, edition)
        assert of(findings, "violation") == ([] if path is None else [f"payload.{path}"])


@pytest.mark.spec("C-177")
def test_an_unknown_type_is_named_with_what_was_probably_meant() -> None:
    template = CATALOGUE.example("template", "TodayWeather") | {"type": "TodayWether"}
    (alone,) = CATALOGUE.check_template(template)
    assert (alone.code, alone.path) == ("template.unknown", "type")
    (inside,) = CATALOGUE.check_payload("directive", "Clova.RenderTemplate", template)
    assert (inside.code, inside.path) == ("directive.payload.enum", "payload.type")
    assert "did you mean `TodayWeather`" in alone.said
    assert "did you mean `TodayWeather`" in inside.said
    (by_name,) = CATALOGUE.check_payload("template", "TodayWether", template)
    assert by_name.code == "template.unknown"


@pytest.mark.parametrize(
    ("template", "path"),
    [([], ""), (None, ""), ("Text", ""), ({}, "type"), ({"type": 5}, "type"), ({"type": None}, "type")],
)
def test_what_has_no_type_is_no_template(template: Any, path: str) -> None:
    assert violations(template)[0] == path


def test_an_example_of_render_template_is_one_of_a_template() -> None:
    seen = set()
    for seed in range(200):
        payload = CATALOGUE.example("directive", "Clova.RenderTemplate", seed=seed, full=seed % 2 == 1)
        assert CATALOGUE.check_payload("directive", "Clova.RenderTemplate", payload) == []
        seen.add(payload["type"])
    assert len(seen) == 23


# Between fields


@pytest.mark.parametrize(
    ("display", "shown"),
    [
        ("TOAST", {"toastText"}),
        ("ALERT", {"alertText"}),
        ("POPUP", {"title", "mainText", "positiveButtonText", "positiveButtonUrl"}),
    ],
)
def test_a_popup_without_what_it_shows_is_a_warning(display: str, shown: set[str]) -> None:
    least = {"type": "Popup", "displayType": display, **common()}
    findings = CATALOGUE.check_template(least)
    assert {(finding.path, finding.severity) for finding in findings} == {(path, "warning") for path in shown}


@pytest.mark.parametrize("name", ["Text", "ImageText"])
def test_a_template_with_nothing_to_show_is_a_warning(name: str) -> None:
    findings = CATALOGUE.check_template({"type": name, **common()})
    assert [(finding.path, finding.severity) for finding in findings] == [("mainText", "warning")]


def test_an_entry_of_a_calendar_has_the_form_that_its_type_says() -> None:
    def start(value: dict[str, Any]) -> list[str]:
        return violations(CATALOGUE.example("template", "Schedule") | {"start": value})

    assert start({"type": "date", "value": "2026-03-02T09:00:00Z"}) == ["start.value"]
    assert start({"type": "datetime", "value": "2026-03-02"}) == ["start.value"]
    assert start({"type": "datetime", "dateTime": "yesterday"}) == ["start.dateTime"]


def common() -> dict[str, Any]:
    version = {"type": "string", "value": "v0.1"}
    return {"meta": {"version": version}, "failureMessage": {"type": "string", "value": "보여드릴 수 없어요"}}


# What a touch may cause

RIGHT_URLS = [
    "",
    "clova://app-launch/default-addressbook",
    "clova://app-launch/default-browser",
    "clova://app-launch/default-camera",
    "clova://app-launch/default-email",
    "clova://app-launch/default-gallery",
    "clova://audio-repeat?url=http://target.audioFile.url",
    "clova://device-control?command=SetValue&target=volume&value=5",
    "clova://device-control?command=setValue&target=channel&value=11",
    "clova://device-control?value=5&target=screenbrightness&command=SetValue",
    "clova://device-control?command=TurnOn&target=flashlight",
    "clova://device-control?command=OpenScreen&target=app",
    "clova://guide/talking",
    "clova://naverSearch?url=http://target.page.url",
    "clova://naverSearch?query=이태원맛집",
    "clova://naver-maps?url=http://target.map.url",
    "clova://ttsRepeat?lang=en&text=hello",
    "clova://ttsRepeat?lang=ko",
    "clova://webview?url=http://target.page.url&auth_required=true",
    "clova://webview?url=http://target.page.url",
]
WRONG_URLS = [
    "http://target.page.url",
    "clova://guide",
    "clova://guide/talkings",
    "clova://app-launch/default-clock",
    "clova://App-launch/default-email",
    "clova://audio-repeat",
    "clova://audio-repeat?url=",
    "clova://device-control",
    "clova://device-control?command=TurnOn",
    "clova://device-control?target=volume",
    "clova://device-control?command=Explode&target=volume",
    "clova://device-control?command=TurnOn&target=oven",
    "clova://device-control?command=SetValue&target=volume",
    "clova://device-control?command=TurnOn&target=volumes",
    "clova://naverSearch",
    "clova://naverSearch?q=a",
    "clova://naver-maps?query=a",
    "clova://ttsRepeat?text=hello",
    "clova://ttsRepeat?lang=fr&text=bonjour",
    "clova://webview?auth_required=true",
    "clova://webview?url=http://a&auth_required=yes",
    "clova://{{ book.OrientedServiceWithLowerCase }}Search?query=a",
    "clova://guide/talking\n",
]


@pytest.mark.parametrize("url", RIGHT_URLS)
@pytest.mark.spec("D-195")
def test_action_urls_that_a_device_knows(url: str) -> None:
    action = {"type": "action", "value": url}
    assert CATALOGUE.check_template(CATALOGUE.example("template", "Memo") | {"actionList": [action]}) == []


@pytest.mark.parametrize("url", WRONG_URLS)
@pytest.mark.spec("D-195")
def test_other_action_urls(url: str) -> None:
    action = {"type": "action", "value": url}
    (finding,) = CATALOGUE.check_template(CATALOGUE.example("template", "Memo") | {"actionList": [action]})
    assert (finding.path, finding.code) == ("actionList[0].value", "template.format")
    assert "clova://" in finding.said or "SetValue" in finding.said


# The examples of the guide

EXAMPLES = json.loads((HERE / "spec_examples_templates.json").read_text(encoding="utf-8"))
TEMPLATES = [pytest.param(e, id=e["source"].removeprefix("cic/templates/")) for e in EXAMPLES if "template" in e]
SHARED = [pytest.param(e, id=f"{e['source'].rpartition(' ')[2]}-{n}") for n, e in enumerate(EXAMPLES) if "object" in e]


@pytest.mark.parametrize("example", TEMPLATES)
@pytest.mark.spec("C-177")
def test_an_example_of_the_guide_lacks_at_most_the_fields_that_are_common_to_all(example: dict[str, Any]) -> None:
    template = example["template"]
    findings = CATALOGUE.check_template(template)
    assert of(findings, "violation") == [name for name in ("failureMessage", "meta") if name not in template]
    assert sorted(of(findings, "warning")) == sorted(example.get("warns", []))
    assert violations(common() | template) == []


@pytest.mark.parametrize("example", SHARED)
@pytest.mark.spec("C-177")
def test_an_example_of_a_shared_object_is_flawless(example: dict[str, Any]) -> None:
    name = example["source"].rpartition(" ")[2]
    schema = CATALOGUE.files.read(f"shared/template/{name}.json")
    assert explain(example["object"], schema, CATALOGUE.files.by_id) == []


def test_each_template_and_each_shared_object_of_the_guide_has_an_example() -> None:
    assert {e["template"]["type"] for e in EXAMPLES if "template" in e} == set(CATALOGUE.names("template"))
    assert len({e["source"] for e in EXAMPLES if "object" in e}) == 11
