"""ICE-lite (RFC 8445, Section 2.5): answers the browser's connectivity checks. Pure.

A lite agent has one host candidate, sends no checks, and takes the pair that the browser nominates.
"""

import struct

from aioice import stun

Address = tuple[str, int]

# How many of the browser's candidates may stay open beside the nominated one.
MAX_ADDRESSES = 8


def read_request(datagram: bytes) -> stun.Message | None:
    """A binding request, or None for anything else (RFC 8489)."""
    try:
        message = stun.parse_message(datagram)
    # aioice means to raise ValueError, but lets the errors of short attributes and bad UTF-8 through.
    except (ValueError, IndexError, KeyError, OverflowError, struct.error):
        return None
    request = (stun.Method.BINDING, stun.Class.REQUEST)
    return message if (message.message_method, message.message_class) == request else None


def local_ufrag(message: stun.Message) -> str:
    """Whom the request is for: its user name is "ours:theirs" (RFC 8445, Section 7.2.2)."""
    return str(message.attributes.get("USERNAME", "")).partition(":")[0]


class IceLite:
    """The ICE agent of one leg.

    Args:
        ufrag, password: ours, announced in the SDP.

    Attributes:
        remote_ufrag: the browser's, None until its SDP is known; checks are ignored until then, as
            with a forked offer several browsers could send them. Browsers repeat them.
        address: the nominated pair's far end, None until there is one.
        addresses: all far ends that have proved to know the password, newest last.
        consent_at: when the last valid request came (RFC 7675), None before.
    """

    def __init__(self, ufrag: str, password: str) -> None:
        self.ufrag = ufrag
        self.password = password
        self.remote_ufrag: str | None = None
        self.address: Address | None = None
        self.addresses: list[Address] = []
        self.consent_at: float | None = None

    def restart(self, ufrag: str, password: str) -> None:
        """New credentials (RFC 8445, Section 2.4); media goes on over the old pair meanwhile."""
        self.ufrag = ufrag
        self.password = password

    def respond(self, request: stun.Message, source: Address, now: float) -> bytes | None:
        """The success response to a request, or None when it proves nothing.

        No error responses: whoever does not know the password learns nothing, and nobody can be made
        the target of them by a forged source.
        """
        if self.remote_ufrag is None:
            return None
        key = self.password.encode()
        if request.attributes.get("USERNAME") != f"{self.ufrag}:{self.remote_ufrag}":
            return None
        if not request.check_message_integrity(key):
            return None
        self._note(source, nominated="USE-CANDIDATE" in request.attributes)
        self.consent_at = now
        response = stun.Message(
            message_method=stun.Method.BINDING,
            message_class=stun.Class.RESPONSE,
            transaction_id=request.transaction_id,
        )
        response.attributes["XOR-MAPPED-ADDRESS"] = source[:2]
        response.add_message_integrity(key)
        return bytes(response)

    def lose(self, source: Address) -> None:
        """`source` cannot be reached any more (the end of a TCP stream); the newest other one serves."""
        if source in self.addresses:
            self.addresses.remove(source)
        if self.address == source:
            self.address = self.addresses[-1] if self.addresses else None

    def _note(self, source: Address, *, nominated: bool) -> None:
        # Before a nomination the first working pair serves: Chromium sends DTLS over it at once.
        if nominated or self.address is None:
            self.address = source
        if source not in self.addresses:
            self.addresses.append(source)
            stale = [known for known in self.addresses if known != self.address]
            if len(self.addresses) > MAX_ADDRESSES:
                self.addresses.remove(stale[0])
