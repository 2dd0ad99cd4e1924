"""User-Agent and device tags: the grammar of the text, and where a header breaks it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcloud.wire.user_agent import UserAgent, UserAgentError, check, device_tags, parse

# The pattern that the requirement itself gives.
STRING = r"[A-Za-z0-9_.\-](?:[A-Za-z0-9_.\- ]*[A-Za-z0-9_.\-])?"
IDENTIFIERS = r"[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*"
D_002 = re.compile(
    rf"{STRING} ?/ ?{STRING} ?/ ?[0-9]+\.[0-9]+\.[0-9]+(?:-{IDENTIFIERS})?(?:\+{IDENTIFIERS})? ?"
    rf"\({STRING} ?; ?{STRING}(?: ?; ?[A-Za-z0-9_.\-]+=[A-Za-z0-9_.%\-]+)*\)"
)

PRINTED = [
    "MyCompanyName/MyProductName/1.0.1 (KindofOS 0.9;CustomHardwareInfo;sampleKey1=sampleValue1;sampleKey2=v2)",
    "MyOrganizationName/MyAppName/2.1.2-release (Android 7.0;SettopBox;target=KR;other=sample)",
    "AbbreviationOfCompanyName/MyClient/0.8.2+build (Linux 7.0;Raspberry_pi;domain=Sample%40Clova;type=Test%20Type)",
    "MCN/SampleClient/1.7.0 (SampleIoTOS 2.1;SmartHub)",
]


@pytest.mark.spec("C-022", "D-001", "D-002", "D-003")
@pytest.mark.parametrize(
    "text",
    [*PRINTED, "A  B / C / 1.0.0(x y ; z ; k=v)", "a/b/0.0.0-1_a.b+c.d (x;y)", "-/_/10.20.30 (.;.)"],
)
def test_what_the_grammar_allows_has_no_finding(text: str) -> None:
    assert check(text) == []


@pytest.mark.spec("D-002")
def test_the_parts_of_a_user_agent() -> None:
    assert parse(PRINTED[2]) == UserAgent(
        "AbbreviationOfCompanyName",
        "MyClient",
        "0.8.2+build",
        "Linux 7.0",
        "Raspberry_pi",
        (("domain", "Sample@Clova"), ("type", "Test Type")),
    )
    assert parse(PRINTED[3]) == UserAgent("MCN", "SampleClient", "1.7.0", "SampleIoTOS 2.1", "SmartHub")
    assert parse("a/b/1.0.0 (c;d ; k=1 ; l=a-b)").extra == (("k", "1"), ("l", "a-b"))


@pytest.mark.spec("C-022", "D-001")
@pytest.mark.parametrize("text", [None, "", "  "])
def test_a_missing_user_agent(text: str | None) -> None:
    [finding] = check(text)
    assert (finding.code, finding.severity) == ("request.user-agent.missing", "violation")
    assert finding.because == ("D-001", "C-022")


@pytest.mark.spec("C-022", "D-002")
@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        ("curl", 5, "expected '/' after the manufacturer, but it ends there"),
        ("curl/8.0", 9, "expected '/' after the product, but it ends there"),
        (" A/B/1.0.0 (x;y)", 1, "expected the manufacturer"),
        ("A&B/C/1.0.0 (x;y)", 2, "expected '/' after the manufacturer, not '&B/C/1.0.0 (x;y)'"),
        ("A  /B/1.0.0 (x;y)", 2, "expected '/' after the manufacturer"),
        ("A//1.0.0 (x;y)", 3, "expected the product"),
        ("클로바/B/1.0.0 (x;y)", 1, "expected the manufacturer"),
        ("A/B/1.0.0", 10, "expected '(' after the version, but it ends there"),
        ("A/B/1.0.0  (x;y)", 10, "expected '(' after the version"),
        ("A/B/1.0.0+c-d (x;y)", 12, "expected '(' after the version, not '-d (x;y)'"),
        ("A/B/1.0.0 (;y)", 12, "expected the operating system"),
        ("A/B/1.0.0 (x)", 13, "expected ';' after the operating system, not ')'"),
        ("A/B/1.0.0 (x; )", 15, "expected the hardware, not ')'"),
        ("A/B/1.0.0 (x;y;k)", 15, "expected ';key=value'"),
        ("A/B/1.0.0 (x;y;k=a b)", 19, "expected ';key=value'"),
        ("A/B/1.0.0 (x;y", 15, "but it ends there"),
        ("A/B/1.0.0 (x;y) z", 16, "expected nothing after ')', not ' z'"),
        ("A/B/1.0.0 (x;y)\n", 16, "expected nothing after ')'"),
    ],
)
def test_where_a_user_agent_breaks_the_grammar(text: str, position: int, expected: str) -> None:
    [finding] = check(text)
    assert finding.code == "request.user-agent.grammar"
    assert finding.because == ("D-002", "C-022")
    assert finding.said.startswith(f"User-Agent, position {position}: ")
    assert expected.split(",")[0] in finding.said
    assert finding.said.endswith(expected.rpartition(", ")[2]) or ", " not in expected
    with pytest.raises(UserAgentError) as caught:
        parse(text)
    assert caught.value.position == position


@pytest.mark.spec("C-022", "D-003")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A/B/1.0 (x;y)", "position 5: expected a version"),
        ("A/B/v1.0.0 (x;y)", "position 5: expected a version"),
        ("A/1.02.3/1.02.3 (x;y)", "position 10: '1.02.3' is not a semantic version, '02' has a leading zero"),
        ("A/B/00.1.0-01 (x;y)", "'00' has a leading zero"),
        ("A/B/1.0.007+01 (x;y)", "'007' has a leading zero"),
    ],
)
def test_a_version_that_is_no_semantic_version(text: str, said: str) -> None:
    [finding] = check(text)
    assert finding.code == "request.user-agent.version"
    assert "D-003" in finding.because
    assert said in finding.said


agents = st.lists(
    st.sampled_from(
        ["a", "B.c", "_-", " ", "  ", "/", " / ", "1.0.0", "1.0", "-r", "+b.c", "(", " (", ")", ";", " ; ", "k=v", "%"]
    ),
    max_size=16,
).map("".join)


@pytest.mark.spec("D-002")
@given(
    agents
    | st.sampled_from(PRINTED).flatmap(lambda text: st.integers(0, len(text)).map(lambda n: text[:n] + text[n + 1 :]))
)
def test_the_verdict_is_that_of_the_pattern_in_the_requirement(text: str) -> None:
    try:
        parse(text)
    except UserAgentError:
        assert D_002.fullmatch(text) is None
    else:
        assert D_002.fullmatch(text) is not None


@pytest.mark.spec("C-023", "D-007")
def test_device_tags() -> None:
    assert device_tags(None) == ((), [])
    assert device_tags("Tag1") == (("Tag1",), [])
    assert device_tags("Tag1, Tag2 ,태그,Tag1") == (("Tag1", "Tag2", "태그"), [])


@pytest.mark.spec("C-023", "D-007")
@pytest.mark.parametrize(("value", "tags", "place"), [("", (), 1), ("a,,b", ("a", "b"), 2), ("a, ", ("a",), 2)])
def test_an_empty_device_tag(value: str, tags: tuple[str, ...], place: int) -> None:
    named, [finding] = device_tags(value)
    assert named == tags
    assert finding.code == "request.device-tags.empty"
    assert f"tag {place} is empty" in finding.said
