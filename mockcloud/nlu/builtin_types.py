"""The built-in slot types of both platforms: which there are, and what each one finds (K-033).

The Korean platform names the places of its country by level (``CLOVA.KO_ADDRESS_[level]``), the Japanese one by
``CLOVA.JP_ADDRESS_KEN``, ``_SHI`` and ``_KU``, and parts numbers from units by what they measure.
"""

import difflib
import re

_BOTH = (
    "DATETIME", "DURATION", "NUMBER", "RELATIVETIME", "UNIT", "ORDER", "WORLD_COUNTRY", "WORLD_CITY", "CURRENCY",
    "OFFICIALDATE",
)  # fmt: skip
_JAPANESE = (
    "DATETIME_RECENT", "WHOLE_NUMBER", "GENERIC_NUMBER", "MONEY", "AREA", "INFORMATION", "LENGTH", "RATIO", "SPEED",
    "VOLUME", "WEIGHT", "TEMPERATURE", "JP_ADDRESS_KEN", "JP_ADDRESS_SHI", "JP_ADDRESS_KU", "UNIT_GENERAL", "UNIT_AREA",
    "UNIT_CURRENCY", "UNIT_INFORMATION", "UNIT_LENGTH", "UNIT_RATIO", "UNIT_SPEED", "UNIT_TEMPERATURE", "UNIT_VOLUME",
    "UNIT_WEIGHT",
)  # fmt: skip
BUILTIN_TYPES = tuple(sorted(f"CLOVA.{name}" for name in (*_BOTH, *_JAPANESE)))
"""By name; beside them ``CLOVA.KO_ADDRESS_[level]`` with any level (``cek:D-12``)."""

_ADDRESS = re.compile(r"CLOVA\.(?:KO|JP)_?ADDRESS\w*")


def is_builtin(type_: str) -> bool:
    return type_.startswith("CLOVA.")


def is_known(type_: str) -> bool:
    """Whether a built-in type of that name is there."""
    return type_ in BUILTIN_TYPES or _ADDRESS.fullmatch(type_) is not None


def nearest(type_: str) -> str:
    """The built-in type whose name is most like this one; empty if none is."""
    near = difflib.get_close_matches(type_.upper(), BUILTIN_TYPES, 1)
    return near[0] if near else ""
