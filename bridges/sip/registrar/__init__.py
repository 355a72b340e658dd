"""The registrar's bindings (RFC 3261, Section 10.3; flows of RFC 5626): pure."""

from bridges.sip.registrar.bindings import Binding, IntervalTooBrief, Registrar, StaleRegister
from bridges.sip.registrar.outbound import FirstHopLacksOutbound, flow_timer

__all__ = [
    "Binding",
    "FirstHopLacksOutbound",
    "IntervalTooBrief",
    "Registrar",
    "StaleRegister",
    "flow_timer",
]
