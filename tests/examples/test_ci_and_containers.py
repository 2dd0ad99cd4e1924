"""CI files against the schemas that are published for them; Dockerfile and Compose files, read, not built."""

import json
import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest
from ruamel.yaml import YAML

import mockcloud
from mockcloud.commands import command_line
from mockcloud.settings import declared

ROOT = Path(__file__).parents[2]
PUBLISHED = Path(__file__).parent / "published"
COMPOSE = sorted(ROOT.glob("compose*.yaml"))
CHECKED = [
    (ROOT / "examples/ci/github-actions.yml", "github-workflow.json"),
    (ROOT / "examples/ci/gitlab-ci.yml", "gitlab-ci.json"),
    *((file, "compose-spec.json") for file in COMPOSE),
]
CREDENTIALS = ("CLIENT_ID", "CLIENT_SECRET", "NAVER_ACCESS_TOKEN")


def read(file: Path) -> Any:
    return YAML(typ="safe", pure=True).load(file)


def mistakes(file: Path, schema: str) -> list[str]:
    published = json.loads((PUBLISHED / schema).read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(published)(published)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(read(file))]


@pytest.mark.parametrize(("file", "schema"), CHECKED, ids=lambda one: getattr(one, "name", one))
def test_a_file_is_what_its_program_takes(file: Path, schema: str, tmp_path: Path) -> None:
    assert mistakes(file, schema) == []
    broken = tmp_path / "broken.yaml"
    broken.write_text(json.dumps(read(file) | {"services": 1, "jobs": 1, "pytest": {"script": 1}}))
    assert mistakes(broken, schema), "the schema refuses nothing"


def command_lines(file: Path) -> Iterator[list[str]]:
    """Every ``mockcloud ...`` of a CI file."""
    for line in file.read_text(encoding="utf-8").splitlines():
        if found := re.search(r"\b(mockcloud (?:run|replay|serve|check)\b.*)", line):
            yield shlex.split(found[1])[1:]


@pytest.mark.parametrize("file", [file for file, _ in CHECKED[:2]], ids=lambda file: file.name)
def test_the_command_lines_of_ci_files_exist(file: Path) -> None:
    found = list(command_lines(file))
    assert len(found) == 2
    for name, *words in found:
        command = command_line.get_command(click.Context(command_line), name)
        assert command is not None
        known = {flag for one in command.params for flag in one.opts}
        flags = words[: words.index("--")] if "--" in words else words
        assert {word for word in flags if word.startswith("--")} <= known


# -- the Dockerfile ------------------------------------------------------------------------------------------


def instructions() -> list[tuple[str, str]]:
    """Each instruction of the Dockerfile with its words, continued lines joined."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(name, words) for name, _, words in (line.partition(" ") for line in lines if line)]


def last_stage() -> Mapping[str, str]:
    every = instructions()
    start = max(at for at, (name, _) in enumerate(every) if name == "FROM")
    return dict(every[start:])


def test_bases_are_pinned_to_a_version() -> None:
    bases = [words.split()[0] for name, words in instructions() if name == "FROM"]
    bases += [service["image"] for file in COMPOSE for service in read(file)["services"].values() if "image" in service]
    assert len(bases) >= 3
    assert [base for base in bases if not re.fullmatch(r"[a-z]+:\d[\w.]*-slim", base)] == []


def test_the_image_runs_as_nobody_special_and_tells_its_health() -> None:
    stage = last_stage()
    assert stage["USER"].isdigit()
    assert stage["USER"] != "0"
    assert [name for name, _ in instructions()].index("ENTRYPOINT") > [name for name, _ in instructions()].index("USER")
    assert "/health" in stage["HEALTHCHECK"]
    assert stage["EXPOSE"].split() == ["8443", "8444"]
    assert json.loads(stage["ENTRYPOINT"]) == ["mockcloud"]
    assert json.loads(stage["CMD"]) == ["serve"]


def test_the_health_check_is_a_program(tmp_path: Path) -> None:
    words = json.loads(last_stage()["HEALTHCHECK"].partition("CMD ")[2])
    with mockcloud.Cloud() as cloud:
        program = words[2].replace("http://127.0.0.1:8444", cloud.control_url)
        exec(compile(program, "HEALTHCHECK", "exec"), {})
    with pytest.raises(OSError, match="refused"):
        exec(compile(program, "HEALTHCHECK", "exec"), {})


def test_no_layer_holds_a_secret() -> None:
    told = " ".join(words for name, words in instructions() if name in ("ENV", "ARG", "RUN"))
    assert not re.search(r"token|secret|password", told, re.IGNORECASE)
    for file in COMPOSE:
        for service in read(file)["services"].values():
            token = service.get("environment", {}).get("MOCKCLOUD_CONTROL_TOKEN")
            assert token is None or token.startswith("${MOCKCLOUD_CONTROL_TOKEN:?")


def test_settings_of_the_containers_exist() -> None:
    known = {one.variable for one in declared()} | {f"MOCKCLOUD_{name}" for name in CREDENTIALS}
    known |= {"MOCKCLOUD_DEVICE_URL", "MOCKCLOUD_CA_FILE", "MOCKCLOUD_CONTROL_URL"}
    given = set(re.findall(r"\b(MOCKCLOUD_\w+)=", (ROOT / "Dockerfile").read_text()))
    for file in COMPOSE:
        given |= {
            name
            for service in read(file)["services"].values()
            for name in service.get("environment", {})
            if name.startswith("MOCKCLOUD_")
        }
    assert given
    assert given <= known


def test_the_clients_of_the_compose_files_are_those_of_the_default_seed() -> None:
    environment = read(ROOT / "compose.device.yaml")["services"]["device"]["environment"]
    with mockcloud.Cloud(account="default", listener="shared") as cloud:
        for name in CREDENTIALS:
            assert environment[f"MOCKCLOUD_{name}"] == cloud.environ[f"MOCKCLOUD_{name}"]


def test_what_compose_files_mount_is_there() -> None:
    for file in COMPOSE:
        for service in read(file)["services"].values():
            for volume in service.get("volumes", ()):
                place = volume.split(":")[0]
                assert not place.startswith(".") or (ROOT / place).exists(), f"{file.name}: {volume}"


def test_the_build_sees_all_that_the_wheel_is_made_of() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*wheel["packages"], *wheel["force-include"], "pyproject.toml", project["project"]["readme"], "LICENSE"}
    seen = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert seen == needed
