"""STUN at the SIP port: by it phones keep a UDP flow alive, and see that it is (RFC 5626, Section 8)."""

from aioice import stun

from bridges.sip.message import Flow
from webrtc.ice import read_request

__all__ = ["answer_to"]


def answer_to(datagram: bytes, flow: Flow) -> bytes | None:
    """The Binding response that tells a phone the address it is seen at; None for what asks for none."""
    request = read_request(datagram)
    if request is None:
        return None
    response = stun.Message(
        message_method=stun.Method.BINDING,
        message_class=stun.Class.RESPONSE,
        transaction_id=request.transaction_id,
    )
    response.attributes["XOR-MAPPED-ADDRESS"] = (flow.host.partition("%")[0], flow.port)
    return bytes(response)
