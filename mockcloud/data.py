"""Where the bundled data (``schemas/``, ``scenarios/``) lives: inside the wheel, or at the root of a checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def data_dir(name: str) -> Path:
    """The folder of that name: ``mockcloud/_data/<name>`` when installed, ``<checkout>/<name>`` otherwise."""
    installed = _PACKAGE / "_data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name
