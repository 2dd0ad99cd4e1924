"""Preload shims: a program checks signatures with our public key where it would with the vendor's.

The public SDKs of extensions carry the vendor's key inside and have no setting for another (K-098). A program that is
started in this `environment` gets ours in its place, wherever Python's ``cryptography`` loads that key or Node's
``crypto`` verifies with it: the SDKs are not touched and their check stays on. Any other key is left alone, programs
that never see the vendor's run as they would, and what they start has the same environment.
"""

import os
from collections.abc import Mapping
from pathlib import Path

KEY_VARIABLE = "MOCKCLOUD_CEK_KEY"
"""Holds our public key, PEM. Without it the shims do nothing."""
_FOLDER = Path(__file__).parent
PYTHON = _FOLDER / "python"
"""Folder of a ``sitecustomize``, for ``PYTHONPATH``. It runs the one that it hides."""
NODE = _FOLDER / "node" / "trust-cek-key.cjs"
"""Module for ``node --require``."""


def environment(public_pem: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The variables to be set, on top of ``environ``, for a program that is to trust this key.

    What is in ``PYTHONPATH`` and ``NODE_OPTIONS`` already stays there, behind ours.
    """
    return {
        KEY_VARIABLE: public_pem,
        "PYTHONPATH": _joined(os.pathsep, str(PYTHON), environ.get("PYTHONPATH")),
        "NODE_OPTIONS": _joined(" ", f"--require {_quoted(str(NODE))}", environ.get("NODE_OPTIONS")),
    }


def _joined(separator: str, first: str, rest: str | None) -> str:
    return f"{first}{separator}{rest}" if rest else first


def _quoted(path: str) -> str:
    """The path as NODE_OPTIONS wants it; quotes are new in Node 12, so only if they are needed."""
    if not any(letter in path for letter in ' "\\'):
        return path
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'
