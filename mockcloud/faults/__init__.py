"""Faults: what can go wrong on purpose, where, and how it is written. `mockcloud.cic.faults` lets them strike.

What a cloud without faults needs is light. The effects, their table and how faults are read are imported with the first
fault: they are forty modules.
"""
