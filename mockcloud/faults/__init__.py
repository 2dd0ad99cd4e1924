"""Faults: what can go wrong on purpose, where, and how it is written. `mockcloud.cic.faults` lets them strike."""

from mockcloud.faults.effects import EFFECTS
from mockcloud.faults.fault import SCHEMA, Fault, FaultError, Flaw, example, parse
from mockcloud.faults.table import TABLE, Verdict

__all__ = ["EFFECTS", "SCHEMA", "TABLE", "Fault", "FaultError", "Flaw", "Verdict", "example", "parse"]
