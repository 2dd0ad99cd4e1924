"""CLOVA's device cloud (CIC) and extension cloud (CEK) on one machine, for tests."""

__version__ = "0.1.0"
