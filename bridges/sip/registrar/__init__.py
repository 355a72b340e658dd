"""The registrar's bindings (RFC 3261, Section 10.3): pure."""

from bridges.sip.registrar.bindings import Binding, IntervalTooBrief, Registrar, StaleRegister

__all__ = ["Binding", "IntervalTooBrief", "Registrar", "StaleRegister"]
