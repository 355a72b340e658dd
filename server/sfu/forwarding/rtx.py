"""Retransmissions on a stream of their own (RFC 4588), as publishers send them."""

from dataclasses import replace

from server.sfu.forwarding.packet import Packet


def unwrap(packet: Packet, ssrc: int, payload_type: int) -> Packet | None:
    """The packet that a retransmission repeats; None for padding, with which senders probe their line.

    Args:
        ssrc, payload_type: of the original stream.
    """
    payload = packet.payload
    if len(payload) < 3:
        return None
    number = payload[0] << 8 | payload[1]
    return replace(packet, sequence=number, ssrc=ssrc, payload_type=payload_type, payload=payload[2:])
