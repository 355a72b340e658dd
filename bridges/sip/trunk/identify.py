"""Whose INVITE is this? Pure."""

import hashlib

from bridges.sip.message import Request, Transport

__all__ = ["contact_user", "is_from"]


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


def contact_user(name: str, username: str, password: str) -> str:
    """The user part of the Contact that we register with a provider.

    Nobody else can guess it, so an INVITE to it is the provider's, from whichever of its many hosts;
    and it is the same after a restart, so no earlier registration of ours rings beside it.
    """
    return "t" + hashlib.sha256(f"{name}\0{username}\0{password}".encode()).hexdigest()[:20]
