"""Registrations over several flows: "outbound" (RFC 5626), as far as it is the registrar's.

A phone that asks for it names itself (`+sip.instance`) and each of its flows (`reg-id`). It is reached over
these flows alone, never at the address in its Contact, and each replaces only the one of the same name.
"""

import re
from dataclasses import dataclass

from sipmessage import Address

from bridges.sip.errors import RemoteSipError
from bridges.sip.message import MalformedMessage, Request, Transport
from bridges.sip.message.grammar import parse_address, split_list

__all__ = ["FLOW_TIMER", "FirstHopLacksOutbound", "FlowName", "flow_name", "flow_timer", "instance_of"]

#: Seconds that a flow may be silent: what keeps a NAT's mapping alive (RFC 5626, Section 4.4).
FLOW_TIMER = {Transport.UDP: 29}
RELIABLE_FLOW_TIMER = 120

INSTANCE = re.compile(r"<[^<>\"\\\s]{1,200}>")
REG_ID = re.compile(r"[1-9][0-9]{0,9}")
LARGEST_REG_ID = 2**31 - 1


class FirstHopLacksOutbound(RemoteSipError):
    """Answer 439 (Section 6): a proxy on the way would not keep the flow."""

    def __init__(self) -> None:
        super().__init__("outbound", 439, "First Hop Lacks Outbound Support")


@dataclass(frozen=True, slots=True)
class FlowName:
    """One flow of one phone."""

    instance: str
    reg_id: int


def instance_of(address: Address) -> str:
    """The `+sip.instance` of a Contact, angle brackets included; empty for none, or none that can be kept."""
    text = (address.parameters.get("+sip.instance") or "").strip('"')
    return text if INSTANCE.fullmatch(text) else ""


def flow_name(address: Address, request: Request) -> FlowName | None:
    """What a Contact of a REGISTER asks to be bound as; None for one by its URI (RFC 3261).

    Raises `FirstHopLacksOutbound`.
    """
    instance, reg_id = instance_of(address), (address.parameters.get("reg-id") or "").strip()
    if not instance or not REG_ID.fullmatch(reg_id) or int(reg_id) > LARGEST_REG_ID:
        return None
    if is_first_hop(request) or edge_keeps_flow(request):
        return FlowName(instance, int(reg_id))
    if "outbound" in request.tokens("supported"):
        raise FirstHopLacksOutbound
    return None


def flow_timer(request: Request) -> int | None:
    """The Flow-Timer of the answer to a REGISTER that bound a flow; None where the flow is a proxy's."""
    if not is_first_hop(request):
        return None
    return FLOW_TIMER.get(request.flow.transport, RELIABLE_FLOW_TIMER)


def is_first_hop(request: Request) -> bool:
    """Whether the phone itself sent this to us."""
    return sum(len(split_list(value)) for value in request.headers.get("via", ())) == 1


def edge_keeps_flow(request: Request) -> bool:
    """Whether the proxy next to the phone says that it keeps the flow: `ob` in its Path (Section 5.1)."""
    values = [item for value in request.headers.get("path", ()) for item in split_list(value)]
    if not values:
        return False
    try:
        # Each proxy puts itself on top: the phone's is the last.
        return "ob" in parse_address(values[-1]).uri.parameters
    except MalformedMessage:
        return False
