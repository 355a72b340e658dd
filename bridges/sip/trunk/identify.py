"""Whose INVITE is this? Pure."""

from bridges.sip.message import Request, Transport

__all__ = ["is_from"]


def is_from(request: Request, transport: Transport, addresses: frozenset[str], port: int) -> bool:
    """Whether a request comes from the trunk at one of these IP addresses and this port.

    Over UDP the source port must agree. Over TCP a peer that opened the connection has some port of
    its own: then the port of its Via must agree, and the address is what it is trusted by.
    """
    flow = request.flow
    if flow.transport is not transport or flow.host not in addresses:
        return False
    if flow.port == port:
        return True
    return transport is Transport.TCP and (request.via.port or 5060) == port
