"""Where settings come from: command line, then ``MOCKCLOUD_*``, then ``mockcloud.yaml``, then the defaults."""

import difflib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mockcloud.errors import MockcloudError, UnreadableInput
from mockcloud.settings import Declared, SettingError, Settings, apply, declared, from_environment, schema, zone_of

FILE = "mockcloud.yaml"
_FILES_AND_FOLDERS = ("certs", "keylog", "recordings")
"""Settings that name a place in the file system; in a settings file they are relative to that file."""


def configure(
    flags: Mapping[str, Any] | None = None,
    *,
    changes: Sequence[str] = (),
    config: Path | None = None,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
    warn: Callable[[str], None] = lambda _: None,
) -> Settings:
    """The settings of a server.

    ``flags`` are values of the command line by setting name, ``None`` meaning that it was not given; ``changes``
    are ``behaviour.hang_over=1s``; ``config`` is the settings file, by default ``MOCKCLOUD_CONFIG``, else the
    nearest ``mockcloud.yaml`` from ``folder`` (the working directory) upwards. ``warn`` gets a line for each name
    of the environment that looks like a setting and is none.

    Raises `UnreadableInput` with every mistake of the file, `MockcloudError` for a wrong flag or variable.
    """
    environ = os.environ if environ is None else environ
    file = _chosen(config, environ) or _nearest(folder or Path.cwd())
    settings = Settings() if file is None else _with_file(Settings(), file)
    settings = _with_environment(settings, environ, warn)
    given = {name: value for name, value in (flags or {}).items() if value not in (None, ())}
    settings = _with_values(settings, given, _flag)
    for change in changes:
        settings = _with_change(settings, change)
    return settings


def _chosen(config: Path | None, environ: Mapping[str, str]) -> Path | None:
    return config or (Path(named) if (named := environ.get("MOCKCLOUD_CONFIG")) else None)


def _nearest(folder: Path) -> Path | None:
    folder = folder.absolute()
    return next((file for place in (folder, *folder.parents) if (file := place / FILE).is_file()), None)


def _with_file(settings: Settings, file: Path) -> Settings:
    from mockcloud.catalogue.documents import load, read_text

    document = load(read_text(file), file=str(file), schema={**schema(), "type": ["object", "null"]})
    values = dict(document.value or {})
    for name in _FILES_AND_FOLDERS:
        if values.get(name):
            values[name] = str(file.absolute().parent / Path(values[name]).expanduser())
    if values.get("schemas"):
        values["schemas"] = [str(file.absolute().parent / Path(name).expanduser()) for name in values["schemas"]]
    try:
        return _checked(apply(settings, values))
    except SettingError as error:
        said = str(error).removeprefix(f"{'.'.join(error.path)}: ")
        raise UnreadableInput([document.problem(said, error.path)]) from None


def _with_environment(settings: Settings, environ: Mapping[str, str], warn: Callable[[str], None]) -> Settings:
    values, unknown = from_environment(environ)
    variables = [one.variable for one in declared()]
    for name in unknown:
        near = difflib.get_close_matches(name, variables, 1)
        warn(f"{name} is not a setting" + (f"; did you mean {near[0]}?" if near else ""))
    return _with_values(settings, values, lambda path: "_".join(("MOCKCLOUD", *path)).upper(), text=True)


def _with_change(settings: Settings, change: str) -> Settings:
    name, equals, value = change.partition("=")
    known = {".".join(one.path): one for one in declared()}
    if not equals:
        raise MockcloudError(f"--set {change}: write NAME=VALUE, such as behaviour.hang_over=1s")
    if name not in known:
        raise MockcloudError(f"--set {change}: there is no setting {name!r}{_meant(name, known)}")
    values: Any = value
    for part in reversed(known[name].path):
        values = {part: values}
    return _with_values(settings, values, lambda _: f"--set {change}", text=True)


def _meant(name: str, known: Mapping[str, Declared]) -> str:
    last = name.rpartition(".")[2]
    near = [path for path, one in known.items() if one.path[-1] == last] or difflib.get_close_matches(name, known, 1)
    return f"; did you mean {near[0]}?" if near else ""


def _with_values(
    settings: Settings, values: Mapping[str, Any], called: Callable[[tuple[str, ...]], str], *, text: bool = False
) -> Settings:
    """The settings with these values; a wrong one is called what the user called it."""
    try:
        return _checked(apply(settings, values, text=text))
    except SettingError as error:
        said = str(error).removeprefix(f"{'.'.join(error.path)}: ")
        raise MockcloudError(f"{called(error.path)}: {said}") from None


def _flag(path: tuple[str, ...]) -> str:
    return "--" + "-".join(path).replace("_", "-")


def _checked(settings: Settings) -> Settings:
    """What no declaration can say. Raises `SettingError`."""
    zone_of(settings.account.timezone)
    if settings.public_url and not _is_origin(settings.public_url):
        raise SettingError(
            ("public_url",), f"{settings.public_url!r} is not a base URL: write https://HOST or https://HOST:PORT"
        )
    return settings


def _is_origin(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False
